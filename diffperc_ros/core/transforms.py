# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Geometry of resizing, cropping, padding and letterboxing, with exact inverses.

A transform maps pixel coordinates of a source image to those of a target image, axis by axis:
`target = scale * source + offset`, pixel centres on integers. Resizing therefore shifts by half
a pixel: `x' = s (x + 0.5) - 0.5`. (image_proc's resize leaves the half pixel out; the difference,
(1 - s) / 2 pixels, is accepted and documented.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.errors import CameraError, SettingError

Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True)
class Box:
    """Part of an image: whole pixels from `left`, `top`, `width` by `height`."""

    left: int
    top: int
    width: int
    height: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index that cuts the box out of an array of shape (height, width, ...)."""
        return (
            slice(self.top, self.top + self.height),
            slice(self.left, self.left + self.width),
        )


@dataclass(frozen=True)
class ImageTransform:
    """Axis-aligned map from the pixels of a source image to those of a target image.

    Parameters
    ----------
    source, target : sizes (width, height) in pixels.
    scale_x, scale_y : target pixels per source pixel, positive.
    offset_x, offset_y : target coordinates of the centre of the source's first pixel.
    """

    source: Size
    target: Size
    scale_x: float
    scale_y: float
    offset_x: float
    offset_y: float

    def __post_init__(self) -> None:
        if min(*self.source, *self.target) <= 0:
            raise SettingError(
                f'images of {self.source} and {self.target} pixels: sizes must be positive'
            )
        if self.scale_x <= 0 or self.scale_y <= 0:
            raise SettingError(f'scales must be positive, not {self.scale_x} and {self.scale_y}')

    def then(self, following: ImageTransform) -> ImageTransform:
        """Return the transform that does this one first and `following` after it."""
        if self.target != following.source:
            raise SettingError(
                f'a target of {self.target} cannot feed a source of {following.source}'
            )
        return ImageTransform(
            self.source,
            following.target,
            self.scale_x * following.scale_x,
            self.scale_y * following.scale_y,
            self.offset_x * following.scale_x + following.offset_x,
            self.offset_y * following.scale_y + following.offset_y,
        )

    def inverse(self) -> ImageTransform:
        """Return the transform from target to source."""
        return ImageTransform(
            self.target,
            self.source,
            1.0 / self.scale_x,
            1.0 / self.scale_y,
            -self.offset_x / self.scale_x,
            -self.offset_y / self.scale_y,
        )

    def points(self, pixels: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map pixel coordinates (..., 2) of the source to the target."""
        scale = np.array([self.scale_x, self.scale_y])
        offset = np.array([self.offset_x, self.offset_y])
        mapped: NDArray[np.float64] = np.asarray(pixels, np.float64) * scale + offset
        return mapped

    def camera(self, camera: Camera) -> Camera:
        """Return the intrinsics of the target image, given those of the source image."""
        if (camera.width, camera.height) != self.source:
            raise CameraError(
                f'intrinsics of a {camera.width}x{camera.height} image cannot follow a transform '
                f'of a {self.source[0]}x{self.source[1]} one'
            )
        return replace(
            camera,
            width=self.target[0],
            height=self.target[1],
            fx=camera.fx * self.scale_x,
            fy=camera.fy * self.scale_y,
            cx=camera.cx * self.scale_x + self.offset_x,
            cy=camera.cy * self.scale_y + self.offset_y,
            baseline_x=camera.baseline_x * self.scale_x,
        )

    @property
    def content(self) -> Box:
        """Whole pixels of the target that show the source; the rest is padding."""
        left, width = _covered(self.scale_x, self.offset_x, self.source[0], self.target[0])
        top, height = _covered(self.scale_y, self.offset_y, self.source[1], self.target[1])
        return Box(left, top, width, height)

    @property
    def visible(self) -> Box:
        """Whole pixels of the source that the target shows; the rest was cropped."""
        return self.inverse().content


def _covered(scale: float, offset: float, source: int, target: int) -> tuple[int, int]:
    """Return first pixel and number of pixels of the target that the source covers."""
    first = round(offset + 0.5 - 0.5 * scale)
    last = round(offset + 0.5 + (source - 0.5) * scale)
    first, last = max(first, 0), min(last, target)
    return first, max(last - first, 0)


def resize(source: Size, target: Size) -> ImageTransform:
    """Stretch the source over the whole target."""
    scale_x, scale_y = target[0] / source[0], target[1] / source[1]
    return ImageTransform(
        source, target, scale_x, scale_y, 0.5 * scale_x - 0.5, 0.5 * scale_y - 0.5
    )


def crop(source: Size, box: Box) -> ImageTransform:
    """Cut `box` out of the source; it must lie inside.

    Raises
    ------
    SettingError : the box reaches outside the source.
    """
    outside = box.left < 0 or box.top < 0
    if outside or box.left + box.width > source[0] or box.top + box.height > source[1]:
        raise SettingError(f'{box} reaches outside an image of {source[0]}x{source[1]} pixels')
    return ImageTransform(
        source, (box.width, box.height), 1.0, 1.0, float(-box.left), float(-box.top)
    )


def pad(source: Size, left: int, top: int, right: int, bottom: int) -> ImageTransform:
    """Add border pixels around the source."""
    target = (source[0] + left + right, source[1] + top + bottom)
    return ImageTransform(source, target, 1.0, 1.0, float(left), float(top))


def letterbox(source: Size, target: Size) -> ImageTransform:
    """Scale the source to fit into the target without distortion, centred, the rest padding.

    The scaled source has whole pixels, so its two scales may differ by less than one pixel's
    worth when the ratio does not divide evenly.
    """
    scale = min(target[0] / source[0], target[1] / source[1])
    width = min(max(round(source[0] * scale), 1), target[0])
    height = min(max(round(source[1] * scale), 1), target[1])
    left, top = (target[0] - width) // 2, (target[1] - height) // 2
    return resize(source, (width, height)).then(
        pad((width, height), left, top, target[0] - width - left, target[1] - height - top)
    )
