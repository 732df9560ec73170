# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where the camera is at each frame, and what lens it has. NumPy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT = 640, 480
FOCAL = 592.0
"""Focal length in pixels; the principal point is ((WIDTH-1)/2, (HEIGHT-1)/2)."""


@dataclass(frozen=True)
class Way:
    """A smooth drive: a quadratic Bezier curve, one steady turn of the camera.

    Attributes
    ----------
    corners : tuple of three points
        Control points in metres; x right, y ahead, z up.
    yaw : tuple of float
        Heading at the first and last frame, degrees to the left of y.
    tilt : float
        Degrees below the horizon.
    """

    corners: tuple[tuple[float, float, float], ...]
    yaw: tuple[float, float]
    tilt: float

    def pose(self, share: float) -> tuple[tuple[float, float, float], float]:
        """Position (metres) and yaw (degrees) after a share 0..1 of the drive."""
        a, b, c = (np.asarray(corner) for corner in self.corners)
        x, y, z = (1 - share) ** 2 * a + 2 * share * (1 - share) * b + share**2 * c
        eased = share * share * (3 - 2 * share)
        return (float(x), float(y), float(z)), self.yaw[0] + eased * (self.yaw[1] - self.yaw[0])
