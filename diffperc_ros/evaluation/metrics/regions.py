# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Parts of an image whose errors are looked at on their own."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

RANGES: dict[str, tuple[float, float]] = {
    '0-2': (0.0, 2.0),
    '2-5': (2.0, 5.0),
    '5-10': (5.0, 10.0),
    '10+': (10.0, math.inf),
}
"""Name -> (from, to) of the true depth in metres, the upper end not included."""

BORDER_SHARE = 0.1
"""Width of the border band on each side, as a share of the image's width or height."""


def range_masks(truth: NDArray[np.float32]) -> dict[str, NDArray[np.bool_]]:
    """Return for every depth range which pixels of `truth` (h, w), metres, lie in it."""
    return {name: (truth >= low) & (truth < high) for name, (low, high) in RANGES.items()}


def region_masks(shape: tuple[int, int]) -> dict[str, NDArray[np.bool_]]:
    """Return which pixels of an image of `shape` (h, w) are 'border' and which 'centre'."""
    height, width = shape
    rows, columns = round(height * BORDER_SHARE), round(width * BORDER_SHARE)
    centre = np.zeros(shape, np.bool_)
    centre[rows : height - rows, columns : width - columns] = True
    return {'border': ~centre, 'centre': centre}
