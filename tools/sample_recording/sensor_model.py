# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What an active stereo depth camera makes of the true depth. NumPy only.

The camera measures disparity, d = focal * baseline / depth, with an error of a fraction of a
pixel, and rounds it to steps; so the depth error grows with the square of the depth. The
matching window makes neighbours share their error. There is no depth where one of the two
imagers sees nothing: beside near objects (on their left, as the other imager stands on the
right), on surfaces seen at a grazing angle, where the picture is nearly black or burnt out,
too near and too far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class StereoSensor:
    """A depth camera and its weaknesses.

    Attributes
    ----------
    focal : float
        Focal length in pixels.
    baseline : float
        Distance of the two imagers in metres; the D435 has 0.05.
    noise : float
        Standard deviation of the disparity in pixels.
    window : int
        Width in pixels over which neighbours share their error (odd).
    step : float
        The disparity is rounded to multiples of this many pixels.
    near, far : float
        Nothing is measured below and beyond these depths, metres.
    grazing : float
        Surfaces seen at less than this angle in degrees give nothing.
    dark, bright : float
        Pictures (0..255 luma) darker or brighter than these give nothing.
    """

    focal: float
    baseline: float = 0.05
    noise: float = 0.15
    window: int = 15
    step: float = 1 / 24
    near: float = 0.3
    far: float = 10.0
    grazing: float = 7.0
    dark: float = 10.0
    bright: float = 250.0

    def depth_noise(self, depth: float) -> float:
        """Return the standard deviation in metres at a depth in metres, before rounding."""
        return depth**2 * self.noise / (self.focal * self.baseline)


def measure(
    sensor: StereoSensor,
    depth: npt.NDArray[np.floating],
    luma: npt.NDArray[np.floating],
    seed: int,
) -> npt.NDArray[np.uint16]:
    """Depth image as the sensor would give it.

    Parameters
    ----------
    sensor : StereoSensor
        The camera.
    depth : ndarray, (H, W) float
        True planar depth in metres; what is not finite or not positive counts as no surface.
    luma : ndarray, (H, W) float
        Brightness of the picture, 0..255.
    seed : int
        Same seed, same noise.

    Returns
    -------
    ndarray, (H, W) uint16
        Millimetres, 0 where there is no measurement.
    """
    true = np.asarray(depth, np.float64)
    seen = np.isfinite(true) & (true >= sensor.near) & (true <= sensor.far)
    true = np.where(seen, true, sensor.far)
    disparity = sensor.focal * sensor.baseline / true
    random = np.random.default_rng(seed)
    noisy = disparity + sensor.noise * correlated_noise(random, true.shape, sensor.window)
    rounded = np.maximum(np.rint(noisy / sensor.step), 1.0) * sensor.step
    measured = sensor.focal * sensor.baseline / rounded
    seen &= (measured >= sensor.near) & (measured <= sensor.far)
    seen &= ~shadow(disparity)
    seen &= viewing_angle(true, sensor.focal) >= sensor.grazing
    # A matching window fails as a whole, so brightness counts as the window sees it.
    brightness = _smooth(np.asarray(luma, np.float64), sensor.window)
    seen &= (brightness >= sensor.dark) & (brightness <= sensor.bright)
    return np.where(seen, np.rint(measured * 1000.0), 0.0).astype(np.uint16)


def correlated_noise(random: np.random.Generator, shape: tuple[int, ...], window: int) -> Floats:
    """Noise of mean 0 and standard deviation 1 whose neighbours within a window resemble."""
    white = random.standard_normal((shape[0] + 2 * window, shape[1] + 2 * window))
    smooth = _smooth(white, window)[window:-window, window:-window]
    return smooth / float(np.std(smooth))


def shadow(disparity: Floats) -> Mask:
    """Pixels that the imager on the right cannot see, (H, W).

    A point at column x with disparity d lies at x - d in the other imager. It is hidden when
    something further right in this picture takes a place there that is not right of its own.
    """
    place = np.arange(disparity.shape[1]) - disparity
    leftmost = np.minimum.accumulate(place[:, ::-1], axis=1)[:, ::-1]
    hidden = np.zeros(disparity.shape, bool)
    hidden[:, :-1] = place[:, :-1] >= leftmost[:, 1:]
    return hidden


def viewing_angle(depth: Floats, focal: float) -> Floats:
    """Angle in degrees between the ray through each pixel and the surface, (H, W).

    The surface's normal comes from central differences of the unprojected points; 90 is seen
    face on. Depth edges come out near 0, as matching there is poor.
    """
    height, width = depth.shape
    rows, columns = np.mgrid[0:height, 0:width]
    points = np.stack(
        [
            (columns - (width - 1) / 2) / focal * depth,
            (rows - (height - 1) / 2) / focal * depth,
            depth,
        ],
        axis=-1,
    )
    normal = np.cross(np.gradient(points, axis=1), np.gradient(points, axis=0))
    lengths = np.linalg.norm(normal, axis=-1) * np.linalg.norm(points, axis=-1)
    cosine = np.abs(np.sum(normal * points, axis=-1)) / np.maximum(lengths, 1e-12)
    angle: Floats = np.degrees(np.arcsin(np.clip(cosine, 0.0, 1.0)))
    return angle


def _smooth(values: Floats, window: int) -> Floats:
    """Mean over a square window, twice; edges repeat."""
    half = window // 2
    for _ in range(2):
        for axis in (0, 1):
            padding = [(half, half) if a == axis else (0, 0) for a in (0, 1)]
            padded = np.pad(values, padding, mode='edge')
            values = sliding_window_view(padded, window, axis=axis).mean(axis=-1)
    return values
