# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Teaching the small encoder to name what it sees, before any phrase is asked.

Stable Diffusion's U-Net knows what things are called before VPD trains it. The small network's
does not, and four phrases a picture teach it slowly. So the encoder first learns to tell at every
cell of its latent what the thing there is called and what colour it has. What tells it is one
linear map, which is not kept: names and colours then lie in the latent as directions of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset

from diffperc_ros.networks.configuration import EfficientNetLiteConfig
from diffperc_ros.networks.encoders.efficientnet_lite import EfficientNetLiteEncoder
from diffperc_ros.training.data.augment import augment_keeping_colours
from diffperc_ros.training.data.dataset import Item
from diffperc_ros.training.data.names import NAMED, name_target
from diffperc_ros.training.losses.naming import RightlyNamed, naming_loss
from diffperc_ros.training.recipe import SMALL_BACKBONE, Recipe, Stage
from diffperc_ros.training.task import ENCODER, Task, start_encoder, start_from

VALIDATED = 128


@dataclass(frozen=True, kw_only=True)
class NamingRecipe(Recipe):
    """Everything that decides a naming run but the data and the start."""

    encoder: EfficientNetLiteConfig


SMALL_INDOOR_NAMING = NamingRecipe(
    encoder=SMALL_BACKBONE.encoder,  # type: ignore[arg-type]
    stages=(
        # The first stages need fewer shards, so that training can begin while others are rendered.
        Stage(256, 192, 16, 700, 1e-3, 8e-4, shards=30),
        Stage(256, 192, 16, 800, 8e-4, 7e-4, shards=42),
        Stage(256, 192, 16, 2500, 7e-4, 1e-5, shards=53),
    ),
    encoder_rate=0.5,
    warmup_steps=100,
)


class NamingNetwork(nn.Module):
    """The encoder, named as it is in the networks that start from it, and a linear map."""

    def __init__(self, config: EfficientNetLiteConfig) -> None:
        super().__init__()
        self.backbone = nn.ModuleDict({'encoder': EfficientNetLiteEncoder(config)})
        self.naming = nn.Conv2d(config.latent_channels, NAMED, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Return logits (B, names + colours, H/8, W/8) of RGB (B, 3, H, W) in [0, 1]."""
        logits: Tensor = self.naming(self.backbone['encoder'](2 * image - 1))
        return logits


def naming_task(
    recipe: NamingRecipe, imagenet: dict[str, Tensor] | None = None, start: Path | None = None
) -> Task[Tensor]:
    """Return the task of a naming recipe.

    Parameters
    ----------
    recipe : network and rates.
    imagenet : state dict of the encoder's ImageNet weights; None starts from random ones.
    start : weights of a small network whose encoder this one starts from.
    """
    torch.manual_seed(recipe.seed)
    network = NamingNetwork(recipe.encoder)
    start_encoder(network, recipe, imagenet)
    if start is not None:
        start_from(network, start, ENCODER)
    return Task(
        recipe=recipe,
        network=network,
        target=name_target,
        answer=lambda prepared, batch: prepared(batch['image']),
        loss=naming_loss,
        validate=validate,
        maps=('instance',),
        objects=True,
        augmentation=augment_keeping_colours,
    )


@torch.inference_mode()
def validate(network: nn.Module, pictures: Dataset[Item], batch: int) -> dict[str, float]:
    """Return the weighted share of cells whose name, and whose colour, is told rightly."""
    right = RightlyNamed()
    some = Subset(pictures, range(min(VALIDATED, len(pictures))))  # type: ignore[arg-type]
    for items in DataLoader(some, batch_size=batch):
        right.add(network(items['image']), items)
    return right.scores()
