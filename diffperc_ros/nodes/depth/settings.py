# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of the depth node, and what they mean for a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import SettingError
from diffperc_ros.nodes.settings.parameters import Setting
from diffperc_ros.perception.depth_values import DepthSettings

DEPTH_SETTINGS = (
    Setting(
        'scene',
        '',
        "Name of a row of the bundle's prompt, such as a room; empty: the mean of all rows.",
    ),
    Setting(
        'depth_encoding',
        '32FC1',
        '32FC1: metres. 16UC1: millimetres, 0 where there is no measurement.',
        choices=('32FC1', '16UC1'),
    ),
    Setting(
        'focal_source',
        'camera_info',
        'Where the focal length comes from; none: depth/relative instead of metric depth.',
        choices=('camera_info', 'parameter', 'none'),
    ),
    Setting(
        'focal_length',
        0.0,
        'Focal length for focal_source parameter. Pixels of the input image.',
        between=(0.0, 100000.0),
    ),
    Setting(
        'min_depth',
        0.0,
        'Nearer depth becomes NaN; 0: as the bundle says. Metres.',
        between=(0.0, 1000.0),
        dynamic=True,
    ),
    Setting(
        'max_depth',
        0.0,
        'Farther depth becomes far_value; 0: as the bundle says. Metres.',
        between=(0.0, 1000.0),
        dynamic=True,
    ),
    Setting(
        'far_value',
        'inf',
        'What stands for beyond max_depth in 32FC1; inf is what REP 117 asks for.',
        choices=('inf', 'nan'),
        dynamic=True,
    ),
    Setting(
        'min_confidence',
        0.0,
        'Less confident depth becomes NaN; needs a bundle that tells confidence.',
        between=(0.0, 1.0),
        dynamic=True,
    ),
    Setting(
        'scale_correction',
        1.0,
        'Factor on metric depth for a camera that was measured to need it.',
        between=(0.5, 2.0),
        dynamic=True,
    ),
)


def depth_settings(values: Mapping[str, Any], bundle: Bundle) -> DepthSettings:
    """Return what the parameters ask of depth values.

    Raises
    ------
    SettingError : an empty range, or a wish that the bundle cannot fulfil.
    """
    if values['min_confidence'] > 0:
        raise SettingError(
            f"min_confidence {values['min_confidence']}: the bundle '{bundle.manifest.name}' does "
            'not tell how sure it is of its depth; set it to 0'
        )
    return DepthSettings(
        min_depth=values['min_depth'] or bundle.depth.min_depth,
        max_depth=values['max_depth'] or bundle.depth.max_depth,
        far_value=values['far_value'],
        scale_correction=values['scale_correction'],
    )


def check_depth_values(values: Mapping[str, Any]) -> None:
    """Judge what can be judged without a bundle.

    Raises
    ------
    SettingError : an empty range, or no focal length though it is to be used.
    """
    if values['focal_source'] == 'parameter' and values['focal_length'] <= 0:
        raise SettingError(
            "focal_source is 'parameter' but focal_length is not set; give it in pixels"
        )
    low, high = values['min_depth'], values['max_depth']
    if 0 < high <= low:
        raise SettingError(f'min_depth {low} is not below max_depth {high}')
