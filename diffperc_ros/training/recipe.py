# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a training run is: network, stages, rates. One value, saved beside the weights."""

from __future__ import annotations

from dataclasses import dataclass

from diffperc_ros.networks.configuration import (
    BackboneConfig,
    EfficientNetLiteConfig,
    UNetConfig,
)


@dataclass(frozen=True)
class Stage:
    """One size of picture, trained for a number of steps.

    Parameters
    ----------
    width, height : pixels, multiples of 64 (the U-Net's grid).
    batch : pictures a step.
    steps : optimizer steps.
    learning_rate, final_learning_rate : at start and end of the stage, a half cosine between.
    shards : how many of the data set's first training shards are used.
    """

    width: int
    height: int
    batch: int
    steps: int
    learning_rate: float
    final_learning_rate: float
    shards: int


@dataclass(frozen=True)
class Recipe:
    """What the training runs of all tasks have in common.

    Parameters
    ----------
    stages : trained in this order.
    encoder_rate : factor on the learning rate of the ImageNet features.
    frozen_blocks : how many of the encoder's first blocks are not trained: their edges and
        textures carry over from photographs, and a step costs a third less.
    weight_decay : of AdamW, on matrices only.
    warmup_steps : over which the first stage's rate rises from zero.
    average_decay : of the running average of the weights, which is what is exported.
    seed : of everything random.
    """

    stages: tuple[Stage, ...]
    encoder_rate: float = 0.3
    frozen_blocks: int = 5
    weight_decay: float = 0.02
    warmup_steps: int = 200
    average_decay: float = 0.998
    seed: int = 0

    @property
    def views(self) -> int:
        """How many pictures are looked at in all."""
        return sum(stage.batch * stage.steps for stage in self.stages)

    @property
    def shards(self) -> int:
        """How many of the data set's shards are used."""
        return max(stage.shards for stage in self.stages)


SMALL_BACKBONE = BackboneConfig(
    encoder=EfficientNetLiteConfig(latent_channels=64, last_block=False),
    unet=UNetConfig(
        in_channels=64,
        block_out_channels=(48, 64, 80, 80),
        layers_per_block=1,
        attention_levels=(False, True, True, False),
        attention_heads=4,
        cross_attention_dim=64,
        norm_num_groups=16,
    ),
    taps=(1, 1, 1, 1),
)
"""Encoder and U-Net of all small default networks, so that one may start from another."""
