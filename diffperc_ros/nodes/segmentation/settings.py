# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of segmentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diffperc_ros.nodes.settings.parameters import Setting
from diffperc_ros.perception.segmentation import SegmentationSettings

SEGMENTATION_SETTINGS = (
    Setting(
        'classes',
        [],
        "Names of the bundle's classes to keep; empty: all. Other pixels become 0.",
        dynamic=True,
        items=str,
    ),
    Setting(
        'class_id_offset',
        1,
        "Mask value of the bundle's first class; with 0 it cannot be told from 'none'.",
        between=(0, 1),
    ),
    Setting(
        'confidence_threshold',
        0.0,
        'Pixels whose class is less probable become 255, unlabelled.',
        between=(0.0, 1.0),
        dynamic=True,
    ),
)


def segmentation_settings(values: Mapping[str, Any]) -> SegmentationSettings:
    """Return what the parameters ask of masks; an empty name is none (Humble's way to say so)."""
    return SegmentationSettings(
        classes=tuple(name for name in values['classes'] if name),
        class_id_offset=values['class_id_offset'],
        confidence_threshold=values['confidence_threshold'],
    )
