# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Teaching the small encoder to name what it sees, before any phrase is asked.

Stable Diffusion's U-Net knows what things are called before VPD trains it. The small network's
does not, and four phrases a picture teach it slowly. So the encoder first learns to tell at every
cell of its latent what the thing there is called and what colour it has. What tells it is one
linear map, which is not kept: names and colours then lie in the latent as directions of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, Subset

from diffperc_ros.networks.configuration import EfficientNetLiteConfig
from diffperc_ros.networks.encoders.efficientnet_lite import EfficientNetLiteEncoder
from diffperc_ros.scenes.colours import COLOURS
from diffperc_ros.scenes.expressions.held_out import is_combination
from diffperc_ros.scenes.expressions.nouns import WORDS, reach
from diffperc_ros.scenes.objects import VisibleObject
from diffperc_ros.training.data.augment import Random, Sample, augment_keeping_colours
from diffperc_ros.training.data.cells import UNTOLD, middles
from diffperc_ros.training.data.dataset import Item
from diffperc_ros.training.recipe import SMALL_BACKBONE, Recipe, Stage
from diffperc_ros.training.task import ENCODER, Task, start_encoder, start_from

NAMES = tuple(sorted({name for word in WORDS for name in reach(word).surely}))
"""Names of things that phrases speak of."""
NAMED = len(NAMES) + len(COLOURS)
"""How many names and colours are told apart."""
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


def name_target(sample: Sample, random: Random) -> Item:
    """`name`, `colour` int64 (H/8, W/8), UNTOLD where unclear, and `weight` float32 (H/8, W/8).

    What a cell shows is what is in its middle. Every thing weighs as much as the root of its
    cells, or walls would be all that counts. The colour is kept back where colour and noun are
    one of the combinations that are only asked.
    """
    del random
    cells = middles(np.asarray(sample.maps['instance']))
    counts = np.bincount(cells.ravel(), minlength=1)
    names, colours = _numbers(sample.objects, len(counts))
    return {
        'name': torch.from_numpy(names[cells]),
        'colour': torch.from_numpy(colours[cells]),
        'weight': torch.from_numpy((1 / np.sqrt(counts[cells])).astype(np.float32)),
    }


def _numbers(
    objects: Sequence[VisibleObject], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers of name and colour of every instance below `count`."""
    names = np.full(count, UNTOLD, np.int64)
    colours = np.full(count, UNTOLD, np.int64)
    for item in objects:
        if item.instance < count:
            if item.name in NAMES:
                names[item.instance] = NAMES.index(item.name)
            if item.colour is not None and not is_combination(item):
                colours[item.instance] = COLOURS.index(item.colour)
    return names, colours


def _parts(logits: Tensor) -> dict[str, Tensor]:
    return {'name': logits[:, : len(NAMES)], 'colour': logits[:, len(NAMES) :]}


def naming_loss(logits: Tensor, batch: Item) -> Tensor:
    """Return the weighted cross-entropy of names plus that of colours.

    Parameters
    ----------
    logits : (B, names + colours, h, w).
    batch : what `name_target` gives.
    """
    total = logits.sum() * 0.0
    for key, part in _parts(logits).items():
        truth = batch[key]
        losses = functional.cross_entropy(part, truth, ignore_index=UNTOLD, reduction='none')
        weights = batch['weight'] * (truth != UNTOLD)
        total = total + (losses * weights).sum() / weights.sum().clamp_min(1e-6)
    return total


@torch.inference_mode()
def validate(network: nn.Module, pictures: Dataset[Item], batch: int) -> dict[str, float]:
    """Return the weighted share of cells whose name, and whose colour, is told rightly."""
    right = RightlyNamed()
    some = Subset(pictures, range(min(VALIDATED, len(pictures))))  # type: ignore[arg-type]
    for items in DataLoader(some, batch_size=batch):
        right.add(network(items['image']), items)
    return right.scores()


class RightlyNamed:
    """Counts the weighted share of cells whose name, and whose colour, is told rightly."""

    def __init__(self) -> None:
        self._right, self._told = np.zeros(2), np.zeros(2)

    def add(self, logits: Tensor, batch: Item) -> None:
        """Count the answer to one batch; shapes are those of `naming_loss`."""
        for row, (key, part) in enumerate(_parts(logits).items()):
            weights = batch['weight'] * (batch[key] != UNTOLD)
            self._right[row] += float((weights * (part.argmax(dim=1) == batch[key])).sum())
            self._told[row] += float(weights.sum())

    def scores(self) -> dict[str, float]:
        """Return `names_right` and `colours_right`, both in [0, 1]."""
        name, colour = self._right / np.maximum(self._told, 1e-6)
        return {'names_right': float(name), 'colours_right': float(colour)}
