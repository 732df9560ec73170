# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a frame's picture to a graph's input, and from its grid back to the picture's."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from diffperc_ros.bundle.manifest import ImageInput
from diffperc_ros.core.transforms import ImageTransform, Size, letterbox, resize


def fit_transform(source: Size, wanted: ImageInput) -> ImageTransform:
    """Return how a picture of `source` (width, height) is brought to a graph's input size."""
    fit = {'letterbox': letterbox, 'stretch': resize}[wanted.fit]
    return fit(source, (wanted.width, wanted.height))


def prepare_image(
    image: NDArray[np.uint8], transform: ImageTransform, padding: int
) -> NDArray[np.uint8]:
    """Bring a picture to a graph's input.

    Shrinking averages areas (no aliasing), growing interpolates bilinearly.

    Parameters
    ----------
    image : uint8 (height, width, 3) RGB.
    transform : from `fit_transform`.
    padding : value of the pixels that the picture does not cover.

    Returns
    -------
    uint8 (1, 3, H, W) RGB, contiguous.
    """
    box = transform.content
    shrinks = transform.scale_x < 1 and transform.scale_y < 1
    scaled = cv2.resize(
        image,
        (box.width, box.height),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    width, height = transform.target
    canvas = np.full((height, width, 3), padding, np.uint8)
    canvas[box.slices] = scaled
    return np.ascontiguousarray(canvas.transpose(2, 0, 1)[None])


def restore_map(values: NDArray[np.float32], transform: ImageTransform) -> NDArray[np.float32]:
    """Bring a map over a graph's input back onto the pixels of the picture.

    The grid is brought to the input's size, padding is cut away, the rest is interpolated
    bilinearly. A pixel that any value which
    is not finite contributes to becomes NaN, unless all that contribute are +infinity.

    Parameters
    ----------
    values : float32 (h, w), a grid over the whole graph input, of its size or a fraction of it.
    transform : from `fit_transform`.

    Returns
    -------
    float32 (height, width) of the picture.
    """
    if values.shape != transform.target[::-1]:
        values = _resize(values, transform.target)
    return _resize(values[transform.content.slices], transform.source)


def _resize(values: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
    finite = np.isfinite(values)
    if finite.all():
        return _bilinear(values, size)
    result = _bilinear(np.where(finite, values, np.float32(0)), size)
    beyond = _bilinear(np.isposinf(values).astype(np.float32), size)
    known = _bilinear(finite.astype(np.float32), size)
    result[known < 1] = np.nan
    result[beyond >= 1] = np.inf
    return result


def _bilinear(values: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
    return np.asarray(
        cv2.resize(np.ascontiguousarray(values), size, interpolation=cv2.INTER_LINEAR), np.float32
    )
