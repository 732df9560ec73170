# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of results for people."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.labels import Colour
from diffperc_ros.core.results import NONE, UNLABELLED

UNLABELLED_COLOUR = (0, 0, 0)


def coloured_depth(
    values: NDArray[np.float32], min_depth: float, max_depth: float
) -> NDArray[np.uint8]:
    """Return a picture of depth for people: near is red, far is blue, no measurement is black.

    The scale is that of the range and of no single image, so that colours keep their meaning
    from frame to frame.

    Parameters
    ----------
    values : float32 (height, width) metres, value rules of `DepthImage`.
    min_depth, max_depth : ends of the scale, metres; logarithmic in between.

    Returns
    -------
    uint8 (height, width, 3) RGB.
    """
    known = ~np.isnan(values)
    depth = np.clip(np.where(known, values, max_depth), min_depth, max_depth)
    nearness = np.log(max_depth / depth) / np.log(max_depth / min_depth)
    colours = cv2.applyColorMap(np.rint(255 * nearness).astype(np.uint8), cv2.COLORMAP_TURBO)
    picture = cv2.cvtColor(colours, cv2.COLOR_BGR2RGB)
    picture[~known] = 0
    return np.asarray(picture, np.uint8)


def palette(colours: Mapping[int, Colour]) -> NDArray[np.uint8]:
    """Return the colour of every mask value, uint8 (256, 3) RGB; unlabelled is black."""
    table = np.zeros((256, 3), np.uint8)
    table[UNLABELLED] = UNLABELLED_COLOUR
    for number, colour in colours.items():
        table[number] = colour
    return table


def painted(
    image: NDArray[np.uint8], ids: NDArray[np.uint8], colours: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Return the image with a mask's colours laid over it, half and half.

    Where the mask is 0 (none) the image stays as it is.

    Parameters
    ----------
    image : uint8 (height, width, 3) RGB.
    ids : uint8 (height, width).
    colours : from `palette`.
    """
    mixed = cv2.addWeighted(image, 0.5, colours[ids], 0.5, 0)
    mixed[ids == NONE] = image[ids == NONE]
    return np.asarray(mixed, np.uint8)
