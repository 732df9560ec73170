# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The floor in a depth image: a plane below nearly everything, found without knowing gravity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.camera import Camera

NOT_LABELLED, FLOOR, OTHER = 0, 1, 2
NAMES = {FLOOR: 'floor', OTHER: 'other'}

TRIES = 1500
STEEPEST = 0.55
"""Least share of a floor's normal along the image's upward axis: cameras look down by 55 degrees
at most."""
MOST_BELOW = 0.01
"""Share of the points that may lie below a floor, being errors of the sensor."""
LEAST_SHARE = 0.05
"""Share of the points that a floor must have."""
SURELY_ABOVE = 4.0
"""Tolerances above the plane from which a pixel is surely not floor."""


def floor_labels(depth: NDArray[np.float32], camera: Camera) -> NDArray[np.uint8] | None:
    """Return FLOOR, OTHER or NOT_LABELLED for every pixel; None where no floor is to be found.

    A pixel within the tolerance of the plane is floor, one well above it is not, and what lies
    between, or has no depth, is not labelled.

    Parameters
    ----------
    depth : float32 (h, w) metres along the optical axis, NaN where there is none.
    camera : its intrinsics.
    """
    points, known = _points(depth, camera)
    plane = _lowest_plane(points)
    if plane is None:
        return None
    normal, offset = plane
    heights = points @ normal + offset
    tolerance = _tolerance(points)
    values = np.full(len(points), NOT_LABELLED, np.uint8)
    values[np.abs(heights) < tolerance] = FLOOR
    values[heights > SURELY_ABOVE * tolerance] = OTHER
    labels = np.full(depth.shape, NOT_LABELLED, np.uint8)
    labels[known] = values
    return labels


def _points(
    depth: NDArray[np.float32], camera: Camera
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    known = np.isfinite(depth)
    rows, columns = np.nonzero(known)
    z = depth[known].astype(np.float64)
    x = (columns - camera.cx) / camera.fx * z
    y = (rows - camera.cy) / camera.fy * z
    return np.stack([x, y, z], axis=1), known


def _tolerance(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far a point of the floor may lie from its plane: consumer depth gets worse."""
    return 0.012 + 0.008 * points[:, 2]


def _lowest_plane(
    points: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float] | None:
    """Return (normal that points up, offset) of the plane with most points and few below it."""
    random = np.random.default_rng(0)
    if len(points) < 3:
        return None
    sample = points[random.choice(len(points), min(4000, len(points)), replace=False)]
    tolerance = _tolerance(sample)
    best, most = None, LEAST_SHARE
    for _ in range(TRIES):
        a, b, c = sample[random.choice(len(sample), 3, replace=False)]
        normal = np.cross(b - a, c - a)
        length = np.linalg.norm(normal)
        if length < 1e-9:
            continue
        normal = normal / length if normal[1] < 0 else -normal / length
        if -normal[1] < STEEPEST:
            continue
        heights = (sample - a) @ normal
        share = float((np.abs(heights) < tolerance).mean())
        below = float((heights < -SURELY_ABOVE * tolerance).mean())
        if share > most and below < MOST_BELOW:
            best, most = (normal, -float(a @ normal)), share
    return None if best is None else _refined(sample, tolerance, best)


def _refined(
    sample: NDArray[np.float64],
    tolerance: NDArray[np.float64],
    plane: tuple[NDArray[np.float64], float],
) -> tuple[NDArray[np.float64], float]:
    """Return the plane that fits its own points best."""
    normal, offset = plane
    inside = sample[np.abs(sample @ normal + offset) < tolerance]
    middle = inside.mean(axis=0)
    fitted = np.linalg.svd(inside - middle, full_matrices=False)[2][2]
    fitted = fitted if fitted[1] < 0 else -fitted
    return fitted, -float(middle @ fitted)
