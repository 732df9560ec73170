# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a training run is: network, stages, rates. One value, saved beside the weights."""

from __future__ import annotations

from dataclasses import dataclass

from diffperc_ros.networks.configuration import (
    BackboneConfig,
    ClassPromptConfig,
    EfficientNetLiteConfig,
    UNetConfig,
    VPDDepthConfig,
    VPDDepthHeadConfig,
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
class DepthRecipe:
    """Everything that decides a depth training run but the data themselves.

    Parameters
    ----------
    network : architecture.
    stages : trained in this order.
    focal_length : focal length in image widths that the answers belong to; real depth is the
        answer times (focal length in widths / this). Chosen near that of common cameras.
    initial_depth : metres (at `focal_length`) that the untrained network answers everywhere.
    encoder_rate : factor on the learning rate of the ImageNet features.
    frozen_blocks : how many of the encoder's first blocks are not trained: their edges and
        textures carry over from photographs, and a step costs a third less.
    weight_decay : of AdamW, on matrices only.
    warmup_steps : over which the first stage's rate rises from zero.
    average_decay : of the running average of the weights, which is what is exported.
    seed : of everything random.
    """

    network: VPDDepthConfig
    stages: tuple[Stage, ...]
    focal_length: float = 0.9
    initial_depth: float = 2.0
    encoder_rate: float = 0.3
    frozen_blocks: int = 5
    weight_decay: float = 0.02
    warmup_steps: int = 200
    average_decay: float = 0.998
    seed: int = 0


SCENE_KINDS = ('room', 'low', 'tabletop', 'bin', 'corridor')
"""Rows of the prompt: the kinds of view that the procedural scenes come in."""

SMALL_NETWORK = VPDDepthConfig(
    backbone=BackboneConfig(
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
    ),
    prompt=ClassPromptConfig(classes=len(SCENE_KINDS), adapter_scale=0.1),
    head=VPDDepthHeadConfig(
        aggregated_channels=256,
        deconvolution_channels=(64, 32, 24),
        decoder_channels=16,
        max_depth=20.0,
        init_std=0.03,
    ),
)

SMALL_INDOOR = DepthRecipe(
    network=SMALL_NETWORK,
    stages=(
        # The first stages need few shards, so that training can begin while others are rendered.
        Stage(192, 128, 16, 300, 1.2e-3, 1.2e-3, shards=4),
        Stage(192, 128, 16, 300, 1.2e-3, 1.2e-3, shards=8),
        Stage(192, 128, 16, 400, 1.2e-3, 1.0e-3, shards=13),
        Stage(192, 128, 16, 600, 1.0e-3, 8e-4, shards=15),
        Stage(192, 128, 16, 350, 8e-4, 6e-4, shards=20),
        Stage(256, 192, 12, 700, 6e-4, 4e-4, shards=26),
        Stage(256, 192, 12, 1100, 4e-4, 1e-5, shards=44),
    ),
)
