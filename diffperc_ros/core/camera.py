# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pinhole intrinsics of a rectified image.

Pixel centres lie on integers: the top left pixel is centred on (0, 0) and the image covers
[-0.5, width - 0.5] x [-0.5, height - 0.5].
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import CameraError


@dataclass(frozen=True)
class Camera:
    """Pinhole camera.

    Parameters
    ----------
    width, height : image size in pixels.
    fx, fy : focal lengths in pixels, positive.
    cx, cy : principal point in pixels.
    baseline_x : P[3] of camera_info, `-fx * baseline` in pixel metres; 0 for a single camera.
    distortion : coefficients as recorded; all zero for a rectified image.

    Raises
    ------
    CameraError : a value is not finite, a focal length or a size is not positive.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    baseline_x: float = 0.0
    distortion: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        numbers = (self.fx, self.fy, self.cx, self.cy, self.baseline_x, *self.distortion)
        if not all(math.isfinite(number) for number in numbers):
            raise CameraError(f'camera_info holds a value that is not finite: {numbers}')
        if self.fx <= 0 or self.fy <= 0:
            raise CameraError(f'focal lengths must be positive, not {self.fx} and {self.fy}')
        if self.width <= 0 or self.height <= 0:
            raise CameraError(f'camera_info is for an image of {self.width}x{self.height} pixels')

    @property
    def focal_length(self) -> float:
        """Geometric mean of `fx` and `fy`, pixels."""
        return math.sqrt(self.fx * self.fy)

    @property
    def horizontal_field_of_view(self) -> float:
        """Opening angle between the left and right image borders, degrees."""
        left = math.atan((self.cx + 0.5) / self.fx)
        right = math.atan((self.width - 0.5 - self.cx) / self.fx)
        return math.degrees(left + right)

    @property
    def is_rectified(self) -> bool:
        """Whether every distortion coefficient is zero."""
        return not any(self.distortion)

    def project(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Project points of the optical frame.

        Parameters
        ----------
        points : (..., 3) metres, z > 0.

        Returns
        -------
        pixels : (..., 2) float64, x to the right and y down.
        """
        x, y, z = np.moveaxis(np.asarray(points, np.float64), -1, 0)
        return np.stack([self.fx * x / z + self.cx, self.fy * y / z + self.cy], axis=-1)

    def unproject(
        self, pixels: NDArray[np.floating], depth: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Return the points of the optical frame that lie at planar `depth` behind `pixels`.

        Parameters
        ----------
        pixels : (..., 2) pixels.
        depth : (...) metres along the optical axis; NaN and infinity carry over.

        Returns
        -------
        points : (..., 3) float64 metres.
        """
        x, y = np.moveaxis(np.asarray(pixels, np.float64), -1, 0)
        z = np.asarray(depth, np.float64)
        return np.stack([(x - self.cx) / self.fx * z, (y - self.cy) / self.fy * z, z], axis=-1)


def camera_from_matrices(
    width: int,
    height: int,
    k: Sequence[float],
    p: Sequence[float],
    distortion: Sequence[float] = (),
) -> Camera:
    """Build a camera from the matrices of sensor_msgs/CameraInfo.

    Valid K or valid P is enough, since drivers are known that leave one of them zero (promise R6).
    P is preferred: it describes the rectified image, and it is what depth consumers read.

    Parameters
    ----------
    width, height : size of the image in pixels.
    k : nine numbers, row-major 3x3.
    p : twelve numbers, row-major 3x4.
    distortion : coefficients, any number.

    Raises
    ------
    CameraError : neither matrix holds positive finite focal lengths, or a matrix has a wrong
        number of entries.
    """
    if len(k) != 9 or len(p) != 12:
        raise CameraError(f'K needs 9 and P 12 numbers, camera_info has {len(k)} and {len(p)}')
    coefficients = tuple(float(value) for value in distortion)
    for fx, fy, cx, cy, baseline_x in (
        (p[0], p[5], p[2], p[6], p[3]),
        (k[0], k[4], k[2], k[5], 0.0),
    ):
        usable = all(math.isfinite(value) for value in (fx, fy, cx, cy, baseline_x))
        if usable and fx > 0 and fy > 0:
            return Camera(
                width, height, float(fx), float(fy), float(cx), float(cy),
                float(baseline_x), coefficients,
            )  # fmt: skip
    raise CameraError(
        f'camera_info has no usable intrinsics: K[0]={k[0]}, K[4]={k[4]}, P[0]={p[0]}, '
        f'P[5]={p[5]}; calibrate the camera or correct its driver'
    )
