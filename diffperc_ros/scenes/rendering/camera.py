# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A pinhole camera in the world and the rays of its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class View:
    """Where a picture is taken from.

    Attributes
    ----------
    position
        (3,) float64, metres, world frame (z up).
    rotation
        (3, 3) float64, columns are the optical axes x (right), y (down), z (forward) in the world.
    focal
        Focal length over image width, no unit; the same along both axes. The principal point is
        the image centre.
    """

    position: NDArray[np.float64]
    rotation: NDArray[np.float64]
    focal: float


def look(
    position: NDArray[np.float64], azimuth: float, tilt: float, roll: float, focal: float
) -> View:
    """View along an azimuth (radians from world x), tilted up by tilt and rolled (radians)."""
    forward = np.array(
        [np.cos(tilt) * np.cos(azimuth), np.cos(tilt) * np.sin(azimuth), np.sin(tilt)]
    )
    level = np.array([np.sin(azimuth), -np.cos(azimuth), 0.0])
    down = np.cross(forward, level)
    right = np.cos(roll) * level + np.sin(roll) * down
    return View(position, np.stack([right, np.cross(forward, right), forward], 1), focal)


def look_at(
    position: NDArray[np.float64], target: NDArray[np.float64], roll: float, focal: float
) -> View:
    """View from a position towards a target point, both (3,) metres."""
    d = target - position
    tilt = np.arctan2(d[2], np.hypot(d[0], d[1]))
    return look(position, float(np.arctan2(d[1], d[0])), float(tilt), roll, focal)


def pixel_rays(
    view: View, height: int, width: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Origins and directions, (H * W, 3) float32 each, through the pixel centres, row by row.

    Directions have length 1 along the optical axis, so the distance that a ray caster returns in
    units of the direction is the planar depth.
    """
    focal = view.focal * width
    right, down, forward = view.rotation.T.astype(np.float32)
    x = ((np.arange(width) + 0.5 - width / 2) / focal).astype(np.float32)
    y = ((np.arange(height) + 0.5 - height / 2) / focal).astype(np.float32)
    directions = (x[:, None] * right)[None] + (y[:, None] * down + forward)[:, None]
    directions = directions.reshape(-1, 3)
    origins = np.tile(view.position.astype(np.float32), (len(directions), 1))
    return origins, directions
