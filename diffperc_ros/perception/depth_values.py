# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a depth graph's answer to depth values that every ROS consumer reads right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.bundle.manifest import DepthOutput
from diffperc_ros.core.camera import Camera
from diffperc_ros.core.errors import SettingError

FarValue = Literal['inf', 'nan']


@dataclass(frozen=True)
class DepthSettings:
    """What a user may choose about depth values.

    Parameters
    ----------
    min_depth, max_depth : range of finite values, metres; 0 < min < max.
    far_value : what stands for 'beyond max_depth': 'inf' (REP 117) or 'nan'.
    scale_correction : factor on metric depth, 0.5..2, for a camera that was measured to need it.

    Raises
    ------
    SettingError : a value outside its range.
    """

    min_depth: float
    max_depth: float
    far_value: FarValue = 'inf'
    scale_correction: float = 1.0

    def __post_init__(self) -> None:
        if not (0 < self.min_depth < self.max_depth < math.inf):
            raise SettingError(
                f'0 < min_depth < max_depth must hold, not {self.min_depth} and {self.max_depth}'
            )
        if self.far_value not in ('inf', 'nan'):
            raise SettingError(f"far_value must be 'inf' or 'nan', not '{self.far_value}'")
        if not (0.5 <= self.scale_correction <= 2.0):
            raise SettingError(f'scale_correction must be 0.5..2, not {self.scale_correction}')

    @classmethod
    def of(cls, output: DepthOutput) -> DepthSettings:
        """Return the settings that a bundle declares."""
        return cls(output.min_depth, output.max_depth)


def focal_scale(output: DepthOutput, camera_as_fed: Camera) -> float:
    """Return the factor from a graph's output to real depth for this camera.

    A picture says nothing about scale on its own: the same picture through a lens of twice the
    focal length shows a scene twice as far. The graph answers for the focal length it was trained
    with; `camera_as_fed` holds that of the picture as it enters the graph.
    """
    if output.focal_length is None:
        return 1.0
    return camera_as_fed.focal_length / output.focal_length


def apply_value_rules(depth: NDArray[np.float32], settings: DepthSettings) -> NDArray[np.float32]:
    """Return depth that holds only finite values in range, NaN, and +infinity.

    Zero, negative values, -infinity and NaN become NaN, as does what is nearer than `min_depth`;
    what lies beyond `max_depth` becomes +infinity or NaN by `far_value`. Never zero, negative or
    -infinity: depth consumers take 0.0 for a point at the lens, and the compressedDepth codec
    turns -infinity (which REP 117 would want for 'too near') into garbage.

    Parameters
    ----------
    depth : float32 (height, width) metres, any value.
    """
    far = np.float32(np.inf if settings.far_value == 'inf' else np.nan)
    with np.errstate(invalid='ignore'):
        values = np.where(depth > settings.max_depth, far, depth)
        return np.where(values >= settings.min_depth, values, np.float32(np.nan))
