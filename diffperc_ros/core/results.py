# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a perceiver answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.frame import Stamp
from diffperc_ros.core.transforms import Box

DepthKind = Literal['metric', 'relative']

NONE = 0
"""Mask value where nothing that was asked for is seen."""
UNLABELLED = 255
"""Mask value where the network is not sure enough (the largest value, as vision_msgs has it)."""


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


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The class of every pixel of one frame.

    Parameters
    ----------
    class_ids : uint8 (height, width). NONE (0) where a class that was not asked for wins,
        UNLABELLED (255) where the winner is less sure than was asked for, else a key of `names`.
    confidence : uint8 (height, width), probability of the winning class, 255 is one.
    names : class id -> name, of the classes that were asked for.
    stamp, frame_id : of the frame's header.
    camera : intrinsics of `class_ids`, or None when unknown.
    """

    class_ids: NDArray[np.uint8]
    confidence: NDArray[np.uint8]
    names: Mapping[int, str]
    stamp: Stamp
    frame_id: str
    camera: Camera | None


@dataclass(frozen=True)
class Detection:
    """One instance of what a phrase asks for.

    Parameters
    ----------
    phrase_id : 1-based place of the phrase; the instance's value in the mask.
    score : mean probability of the instance's surest pixels, 0..1.
    box : whole pixels around the instance.
    pixels : how many belong to it.
    """

    phrase_id: int
    score: float
    box: Box
    pixels: int


@dataclass(frozen=True, eq=False)
class QueryAnswer:
    """Where the objects of one set of phrases are in one frame.

    Parameters
    ----------
    mask : uint8 (height, width). NONE (0), or the 1-based place of a phrase; where several claim
        a pixel, the most probable.
    confidence : uint8 (height, width), probability of the most probable phrase, 255 is one.
    detections : instances, by phrase and falling score; empty where nothing was found.
    phrases : what was asked for; all of the answer belongs to these.
    revision : number of the set of phrases, rising with every change.
    stamp, frame_id : of the frame's header.
    camera : intrinsics of `mask`, or None when unknown.
    """

    mask: NDArray[np.uint8]
    confidence: NDArray[np.uint8]
    detections: tuple[Detection, ...]
    phrases: tuple[str, ...]
    revision: int
    stamp: Stamp
    frame_id: str
    camera: Camera | None


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
