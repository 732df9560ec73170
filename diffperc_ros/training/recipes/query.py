# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The small default query network: recipe, loss and scores."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, Subset

from diffperc_ros.networks.attention_maps import append_maps
from diffperc_ros.networks.conditioning.static_text import StaticTextConfig, StaticTextTower
from diffperc_ros.networks.configuration import (
    ReferringHeadConfig,
    SentencePromptConfig,
    VPDReferringConfig,
)
from diffperc_ros.networks.unet import embed_timestep, extract_features
from diffperc_ros.networks.vpd import VPDReferring
from diffperc_ros.training.data.augment import augment_keeping_colours
from diffperc_ros.training.data.cells import middles
from diffperc_ros.training.data.dataset import Item
from diffperc_ros.training.data.names import NAMED
from diffperc_ros.training.data.parts import PARTS
from diffperc_ros.training.data.phrases import PhraseTarget
from diffperc_ros.training.losses.attention import attention_loss
from diffperc_ros.training.losses.choice import choice_loss
from diffperc_ros.training.losses.naming import RightlyNamed, naming_loss
from diffperc_ros.training.losses.parts import parts_loss
from diffperc_ros.training.losses.published import dice_loss, presence_loss, referring_loss
from diffperc_ros.training.recipe import SMALL_BACKBONE, Recipe, Stage
from diffperc_ros.training.task import ENCODER, Task, start_encoder, start_from

VALIDATED = 128
"""Pictures on which a run is scored while it goes on."""
# What the losses count, beside that of the mask.
PRESENCE_WEIGHT = 0.5
CHOICE_WEIGHT = 0.3
PARTS_WEIGHT = 1.0
NAMING_WEIGHT = 1.0
ATTENTION_WEIGHT = 1.0


@dataclass(frozen=True, kw_only=True)
class QueryRecipe(Recipe):
    """Everything that decides a query training run but the data and the start.

    Parameters
    ----------
    network : what looks at the picture; its attention maps are kept at level 0 at least.
    text : what reads the phrase; its vocabulary is that of the tokenizer.
    phrases : asked of every picture; they share the encoder's pass.
    """

    network: VPDReferringConfig
    text: StaticTextConfig
    phrases: int = 4


TOKENS = 16

ATTENTIVE_BACKBONE = replace(
    SMALL_BACKBONE, unet=replace(SMALL_BACKBONE.unet, attention_levels=(True, True, True, False))
)
"""The small backbone, which hears the words at 1/8 of the picture too, as Stable Diffusion's does:
at 1/16 a mug is a single point."""

SMALL_INDOOR_QUERY = QueryRecipe(
    network=VPDReferringConfig(
        backbone=ATTENTIVE_BACKBONE,
        prompt=SentencePromptConfig(tokens=TOKENS, adapter_scale=0.1),
        attention_map_levels=(0, 1, 2),
        head=ReferringHeadConfig(channels=64),
    ),
    text=StaticTextConfig(
        vocabulary=0, vector=64, tokens=TOKENS, dim=ATTENTIVE_BACKBONE.unet.cross_attention_dim
    ),
    stages=(
        # The first stages need few shards, so that training can begin while others are rendered.
        Stage(192, 128, 8, 600, 8e-4, 8e-4, shards=10),
        Stage(192, 128, 8, 600, 8e-4, 6e-4, shards=12),
        Stage(192, 128, 8, 600, 6e-4, 4e-4, shards=14),
        Stage(192, 128, 8, 1800, 6e-4, 4e-4, shards=26),
        Stage(256, 192, 8, 1400, 5e-4, 1e-5, shards=30),
        Stage(192, 128, 8, 1200, 8e-4, 5e-4, shards=53),
        Stage(256, 192, 8, 850, 5e-4, 1e-5, shards=53),
        Stage(192, 128, 8, 1600, 8e-4, 5e-4, shards=53),
        Stage(256, 192, 8, 1600, 5e-4, 1e-5, shards=53),
        Stage(192, 128, 8, 2400, 8e-4, 5e-4, shards=53),
        Stage(256, 192, 8, 1050, 5e-4, 1e-5, shards=53),
        Stage(192, 128, 8, 1300, 8e-4, 5e-4, shards=53),
        Stage(256, 192, 8, 1300, 5e-4, 1e-5, shards=53),
    ),
    warmup_steps=200,
)


class QueryAnswer(NamedTuple):
    """What a query network says in training.

    Attributes
    ----------
    phrases : logits (B, P, 2 + parts, H, W): background, object, and one for each of PARTS.
    things : logits (B, names + colours, H/8, W/8) of what is there, whatever is asked for.
    attention : (B, P, tokens, H/8, W/8), where every token of a phrase is looked for, in [0, 1].
    """

    phrases: Tensor
    things: Tensor
    attention: Tensor


class QueryNetwork(nn.Module):
    """A text tower and VPD's referring network, and two linear maps that are not kept.

    One tells from what the network's last layer reads where the parts of a phrase are true, the
    other from what the U-Net's first layer says what things are called and which colour they have.

    Parameters
    ----------
    recipe : its `network` and `text`.
    """

    def __init__(self, recipe: QueryRecipe) -> None:
        super().__init__()
        self.text = StaticTextTower(recipe.text)
        self.vision = VPDReferring(recipe.network)
        self.parts = nn.Conv2d(recipe.network.head.channels, len(PARTS), 1)
        first_channels = recipe.network.backbone.unet.block_out_channels[0]
        self.naming = nn.Sequential(
            # The first layer's answers are large and of all sizes; this keeps the loss small.
            nn.BatchNorm2d(first_channels),
            nn.Conv2d(first_channels, NAMED, 1),
        )

    def forward(self, image: Tensor, tokens: Tensor) -> QueryAnswer:
        """Return what is asked for and what is there.

        Background and object are those of one pass of `vision` for each phrase, but the encoder
        looks only once. All else is asked for in training alone.

        Parameters
        ----------
        image : RGB (B, 3, H, W) in [0, 1]; H and W are multiples of 64.
        tokens : int64 (B, P, tokens), P phrases for every image.
        """
        phrases = tokens.shape[1]
        vision = self.vision
        backbone = vision.backbone
        latent = backbone.encoder(2 * image - 1) * backbone.latent_scale
        things = self.naming(backbone.unet.conv_in(latent)).float()
        latent = latent.repeat_interleave(phrases, dim=0)
        features = extract_features(
            backbone.unet,
            latent,
            embed_timestep(backbone.unet, backbone.timestep, like=latent),
            vision.prompt(self.text(tokens.flatten(0, 1))),
            backbone.taps,
        )
        maps = vision.attention_maps.take(features)
        decoded = vision.head.decode(append_maps(features, maps))
        logits = torch.cat((vision.head.classifier(decoded), self.parts(decoded)), dim=1).float()
        full = functional.interpolate(
            logits, size=image.shape[-2:], mode='bilinear', align_corners=True
        )
        asked = full.reshape(-1, phrases, *full.shape[1:])
        finest = maps[0].float()
        return QueryAnswer(asked, things, finest.reshape(-1, phrases, *finest.shape[1:]))


def query_task(
    recipe: QueryRecipe,
    tokenizer: Tokenizer,
    vectors: Tensor,
    imagenet: dict[str, Tensor] | None = None,
    start: Path | None = None,
    encoder: Path | None = None,
) -> Task[QueryAnswer]:
    """Return the task of a query recipe.

    Parameters
    ----------
    recipe : network and rates.
    tokenizer, vectors : as `word_vectors.distil` makes them.
    imagenet : state dict of the encoder's ImageNet weights; None starts from random ones.
    start : weights of a small network whose encoder, U-Net and text adapter this one starts from.
    encoder : weights of a network that names things; the encoder is taken from there instead.
    """
    torch.manual_seed(recipe.seed)
    recipe = replace(recipe, text=replace(recipe.text, vocabulary=len(vectors)))
    network = QueryNetwork(recipe)
    network.text.load_vectors(vectors)
    start_encoder(network, recipe, imagenet)
    if start is not None:
        start_from(network.vision, start)
    if encoder is not None:
        start_from(network.vision, encoder, ENCODER)
    return Task(
        recipe=recipe,
        network=network,
        target=PhraseTarget(tokenizer, recipe.text.tokens, recipe.phrases),
        answer=lambda prepared, batch: prepared(batch['image'], batch['tokens']),
        loss=query_loss,
        validate=validate,
        maps=('instance',),
        objects=True,
        augmentation=augment_keeping_colours,
    )


def query_loss(answer: QueryAnswer, batch: Item) -> Tensor:
    """Return VPD's loss for referring segmentation, and six that published VPD does not have.

    The Dice loss sees small things, the loss of the choice whole things; the presence loss asks
    for silence where nothing is meant; the loss of the parts asks what noun, colour and anchor
    mean, each alone; that of the naming asks the first layer of the U-Net to let names and
    colours through, and that of the attention asks every word to be looked for where it is true.

    Parameters
    ----------
    answer : of the network.
    batch : what `PhraseTarget` gives.
    """
    logits = answer.phrases
    flat, masks = logits[:, :, :2].flatten(0, 1), batch['mask'].flatten(0, 1)
    cells = middles(logits[:, :, 2:])
    scores = flat[:, 1] - flat[:, 0]
    return (
        referring_loss(flat, masks)
        + dice_loss(scores, masks)
        + PRESENCE_WEIGHT * presence_loss(scores, masks)
        + PARTS_WEIGHT * parts_loss(cells.flatten(0, 2), batch['parts'].flatten(0, 2))
        + CHOICE_WEIGHT
        * choice_loss(logits[:, :, 1] - logits[:, :, 0], batch['mask'], batch['instances'])
        + NAMING_WEIGHT * naming_loss(answer.things, batch)
        + ATTENTION_WEIGHT
        * attention_loss(
            answer.attention.flatten(0, 1),
            batch['spoken'].flatten(0, 1),
            batch['parts'].flatten(0, 1),
        )
    )


@torch.inference_mode()
def validate(network: nn.Module, pictures: Dataset[Item], batch: int) -> dict[str, float]:
    """Return the overall IoU of what is there, and the share of empty answers where nothing is.

    Shuffled: every picture is asked the phrases of the next one. What is found with them should
    not be what its own phrases mean.
    """
    shared = np.zeros((2, 2), np.int64)
    named = RightlyNamed()
    empty: list[bool] = []
    some = Subset(pictures, range(min(VALIDATED, len(pictures))))  # type: ignore[arg-type]
    for items in DataLoader(some, batch_size=batch):
        masks = items['mask'].bool()
        for row, tokens in enumerate((items['tokens'], items['tokens'].roll(1, dims=0))):
            answer = network(items['image'], tokens)
            logits = answer.phrases
            found = logits[:, :, 1] > logits[:, :, 0]
            there = masks.flatten(2).any(dim=2)
            shared[row] += [
                int((found & masks)[there].sum()),
                int((found | masks)[there].sum()),
            ]
            if row == 0:
                empty += (~found.flatten(2).any(dim=2))[~there].tolist()
                named.add(answer.things, items)
    overall = shared[:, 0] / np.maximum(shared[:, 1], 1)
    return {
        'overall_iou': float(overall[0]),
        'overall_iou_shuffled': float(overall[1]),
        'empty_where_absent': float(np.mean(empty)) if empty else float('nan'),
        **named.scores(),
    }
