# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The size of published images: parameter `output_size` of every camera node."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from diffperc_ros.bundle.manifest import ImageInput
from diffperc_ros.core.errors import SettingError
from diffperc_ros.core.transforms import ImageTransform, Size, resize
from diffperc_ros.perception.prepare import fit_transform

LARGEST_IMAGE = 16384


def check_output_size(wanted: list[int]) -> None:
    """Judge the parameter.

    Raises
    ------
    SettingError : neither a size nor one of the two special values.
    """
    special = wanted in ([0, 0], [-1, -1])
    if special or (len(wanted) == 2 and all(0 < edge <= LARGEST_IMAGE for edge in wanted)):
        return
    raise SettingError(
        f"parameter 'output_size' must be [width, height] in pixels, [0, 0] or [-1, -1], "
        f'not {wanted}'
    )


def output_transform(wanted: list[int], size: Size, graph: ImageInput) -> ImageTransform:
    """Return the transform from the input image to the published one.

    Parameters
    ----------
    wanted : parameter `output_size`.
    size : of the input image.
    graph : what the bundle's graph takes; the network's size is that of the picture inside its
        letterbox.
    """
    if wanted == [0, 0]:
        return resize(size, size)
    if wanted == [-1, -1]:
        content = fit_transform(size, graph).content
        return resize(size, (content.width, content.height))
    return resize(size, (wanted[0], wanted[1]))


def resized_ids(ids: NDArray[np.uint8], transform: ImageTransform) -> NDArray[np.uint8]:
    """Return a mask, or what belongs to its pixels, at the published size.

    Every pixel takes the value at its centre; between two ids there is nothing.

    Parameters
    ----------
    ids : uint8 (height, width) of the input image.
    transform : from `output_transform`.
    """
    if transform.target == transform.source:
        return ids
    resized = cv2.resize(ids, transform.target, interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(resized, np.uint8)


def resized_picture(image: NDArray[np.uint8], transform: ImageTransform) -> NDArray[np.uint8]:
    """Return the input image (height, width, 3) at the published size."""
    if transform.target == transform.source:
        return image
    resized = cv2.resize(image, transform.target, interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)
