# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a perceiver answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.frame import Stamp

DepthKind = Literal['metric', 'relative']


@dataclass(frozen=True, eq=False)
class DepthImage:
    """Planar depth of one frame.

    Parameters
    ----------
    values : float32 (height, width). Depth along the optical axis (not along the ray), positive;
        NaN where there is no measurement, +infinity where the scene lies beyond the range
        (REP 117, REP 118). Never zero, negative or -infinity.
    kind : 'metric': metres. 'relative': right up to one unknown factor per image, as it must be
        when the focal length is unknown; never to be published as metric depth.
    stamp, frame_id : of the frame's header.
    camera : intrinsics of `values`; None only for relative depth.
    focal_scale : factor that the focal length put on the network's answer; 1 when relative.
    """

    values: NDArray[np.float32]
    kind: DepthKind
    stamp: Stamp
    frame_id: str
    camera: Camera | None
    focal_scale: float = 1.0


def depth_to_millimetres(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Encode depth as 16UC1.

    Parameters
    ----------
    values : float32 (height, width) metres, value rules of `DepthImage`.

    Returns
    -------
    millimetres : uint16 (height, width), rounded; 0 for no measurement, beyond the range, and
        for what 16 bits cannot hold.
    """
    millimetres = np.rint(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0) * 1000.0)
    millimetres[(millimetres < 0) | (millimetres > np.iinfo(np.uint16).max)] = 0
    counts: NDArray[np.uint16] = millimetres.astype(np.uint16)
    return counts


def depth_from_millimetres(counts: NDArray[np.uint16], unit: float = 0.001) -> NDArray[np.float32]:
    """Decode 16UC1 depth.

    Parameters
    ----------
    counts : uint16 (height, width), 0 where there is no measurement.
    unit : metres per count.

    Returns
    -------
    values : float32 (height, width) metres, NaN where there is no measurement.
    """
    values = counts.astype(np.float32) * np.float32(unit)
    values[counts == 0] = np.nan
    return values
