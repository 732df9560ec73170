# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Rendered EXR files as arrays: colour pictures, exact planar depth, object numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenEXR  # type: ignore[import-not-found, unused-ignore]

_SHOULDER = 0.7


def read_linear(path: Path) -> npt.NDArray[np.float32]:
    """Scene-linear colour of a colour file, (H, W, 3), any non-negative value."""
    return np.stack([_channel(path, f'.Combined.{c}') for c in 'RGB'], axis=-1)


def read_depth(path: Path) -> npt.NDArray[np.float32]:
    """Planar depth of a geometry file, (H, W) metres along the optical axis."""
    return _channel(path, '.Depth.Z')


def read_objects(path: Path) -> npt.NDArray[np.uint16]:
    """Object number of each pixel of a geometry file, (H, W); 0 where nothing was hit."""
    return np.rint(_channel(path, '.Object Index.X')).astype(np.uint16)


def develop(linear: npt.NDArray[np.float32], exposure: float) -> npt.NDArray[np.uint8]:
    """Picture as a camera gives it: exposure, soft highlights, sRGB; (H, W, 3) uint8 RGB.

    Values above 0.7 approach 1 exponentially, the rest stays linear before the sRGB curve
    (IEC 61966-2-1).
    """
    light = np.maximum(linear, 0.0) * exposure
    room = 1.0 - _SHOULDER
    soft = _SHOULDER + room * (1.0 - np.exp(-(light - _SHOULDER) / room))
    light = np.where(light > _SHOULDER, soft, light)
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(255.0 * np.clip(curve, 0.0, 1.0)).astype(np.uint8)


def _channel(path: Path, ending: str) -> npt.NDArray[np.float32]:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = {name: c for part in file.parts for name, c in part.channels.items()}
        for name, channel in channels.items():
            if name.endswith(ending):
                return np.array(channel.pixels, np.float32)
    raise KeyError(f'{path} has no channel {ending}, only {sorted(channels)}')
