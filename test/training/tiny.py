# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The recipes of the default networks at the smallest width that runs."""

from __future__ import annotations

from dataclasses import replace

from support.networks import TINY

from diffperc_ros.networks.conditioning.static_text import StaticTextConfig
from diffperc_ros.networks.configuration import (
    ClassPromptConfig,
    ReferringHeadConfig,
    SemanticFPNHeadConfig,
    SentencePromptConfig,
    VPDReferringConfig,
    VPDSegmentationConfig,
)
from diffperc_ros.scenes.classes import CLASSES
from diffperc_ros.training.recipe import Stage
from diffperc_ros.training.recipes.query import SMALL_INDOOR_QUERY
from diffperc_ros.training.recipes.segmentation import SMALL_INDOOR_SEGMENTATION

SEGMENTATION = replace(
    SMALL_INDOOR_SEGMENTATION,
    network=VPDSegmentationConfig(
        backbone=TINY.backbone,
        prompt=ClassPromptConfig(classes=len(CLASSES), adapter_scale=0.1),
        head=SemanticFPNHeadConfig(pyramid_channels=8, channels=8),
    ),
    stages=(Stage(64, 64, 4, 40, 3e-3, 1e-3, shards=2),),
    warmup_steps=1,
    average_decay=0.5,
)

QUERY = replace(
    SMALL_INDOOR_QUERY,
    network=VPDReferringConfig(
        backbone=replace(
            TINY.backbone,
            unet=replace(TINY.backbone.unet, attention_levels=(True, True, True, False)),
        ),
        prompt=SentencePromptConfig(tokens=12, adapter_scale=0.1),
        attention_map_levels=(0, 1, 2),
        head=ReferringHeadConfig(channels=8),
    ),
    text=StaticTextConfig(vocabulary=0, vector=12, tokens=12, dim=8, layers=1, heads=2),
    stages=(Stage(64, 64, 2, 3, 3e-3, 1e-3, shards=2),),
    phrases=3,
)
