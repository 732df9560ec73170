# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The smallest networks of IEDP that still have every part."""

from __future__ import annotations

from dataclasses import replace

from diffperc_ros.networks.configuration import SemanticFPNHeadConfig
from diffperc_ros.networks.iedp_configuration import (
    IEDP_BACKBONE,
    CLIPImageConfig,
    IEDPConfig,
    IEDPDepthConfig,
    IEDPSegmentationConfig,
    ImplicitPromptConfig,
)
from networks.small import small_config

CLASSES = 5
TOKENS = 7
DIM = 6

CLIP = CLIPImageConfig(
    name='random', image_size=28, patch_size=14, hidden_size=16, layers=2, heads=2, mlp_size=32
)


def small_iedp_depth_config(encoder: str = 'autoencoder_kl') -> IEDPDepthConfig:
    small = small_config(encoder)
    return IEDPDepthConfig(
        backbone=replace(small.backbone, latent_scale=IEDP_BACKBONE.latent_scale),
        clip_image=CLIP,
        prompt=ImplicitPromptConfig(queries=TOKENS, heads=2),
        head=small.head,
    )


def small_iedp_segmentation_config(encoder: str = 'autoencoder_kl') -> IEDPSegmentationConfig:
    return IEDPSegmentationConfig(
        backbone=small_iedp_depth_config(encoder).backbone,
        clip_image=CLIP,
        prompt=ImplicitPromptConfig(queries=CLASSES, heads=2),
        classes=CLASSES,
        head=SemanticFPNHeadConfig(pyramid_channels=8, channels=8),
    )


CONFIGS: list[IEDPConfig] = [small_iedp_depth_config(), small_iedp_segmentation_config()]
