# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where found objects are, with the depth of the picture at hand."""

from __future__ import annotations

import cv2
import numpy as np
from geometry_msgs.msg import Point
from numpy.typing import NDArray

from diffperc_ros.core.results import DepthImage, Detection, QueryAnswer
from diffperc_ros.core.transforms import resize


def positions_of(answer: QueryAnswer, depth: DepthImage | None) -> list[Point | None]:
    """Return the position of every detection, metres in the optical frame of the picture.

    It is the point behind the middle of the box, as far away as the median of the depth of the
    instance's pixels. None where depth is not at hand, is relative, was not measured on the
    instance, or lies beyond the range.

    Parameters
    ----------
    answer : of a frame.
    depth : of the same frame, of any size; its camera shows what the answer's does.
    """
    if depth is None or depth.camera is None or depth.kind != 'metric':
        return [None for _ in answer.detections]
    height, width = answer.mask.shape
    source = (depth.values.shape[1], depth.values.shape[0])
    camera = resize(source, (width, height)).camera(depth.camera)
    values = _resized(depth.values, (width, height))
    points: list[Point | None] = []
    for detection in answer.detections:
        distance = _median(values, answer.mask, detection)
        box = detection.box
        middle = np.array([box.left + (box.width - 1) / 2, box.top + (box.height - 1) / 2])
        x, y, z = camera.unproject(middle, np.array(distance))
        points.append(Point(x=float(x), y=float(y), z=float(z)) if np.isfinite(z) else None)
    return points


def best_position(answer: QueryAnswer, positions: list[Point | None]) -> Point | None:
    """Return the position of the surest detection that has one."""
    found = [
        (detection.score, number)
        for number, detection in enumerate(answer.detections)
        if positions[number] is not None
    ]
    return positions[max(found, key=lambda pair: (pair[0], -pair[1]))[1]] if found else None


def _median(values: NDArray[np.float32], mask: NDArray[np.uint8], detection: Detection) -> float:
    """Return the median depth of an instance, beyond the range being the largest; else NaN."""
    part = detection.box.slices
    inside = values[part][mask[part] == detection.phrase_id]
    known = inside[~np.isnan(inside)]
    return float(np.median(known)) if known.size else float('nan')


def _resized(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    if values.shape == size[::-1]:
        return values
    resized = cv2.resize(values, size, interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(resized, np.float32)
