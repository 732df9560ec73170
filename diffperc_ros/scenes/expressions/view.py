# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""All that can be seen in one picture, and how it changes when the picture does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.scenes.objects import VisibleObject


@dataclass(frozen=True)
class View:
    """The things in a picture of `width` by `height` pixels; their order means nothing."""

    objects: tuple[VisibleObject, ...]
    width: int
    height: int


def seen_in(instances: NDArray[np.uint16], objects: Sequence[VisibleObject]) -> View:
    """Return the view of a picture that was cut out of another one, or scaled.

    Parameters
    ----------
    instances : (h, w) instance map of the new picture.
    objects : of the old one; those that are not seen any more are left out.
    """
    height, width = instances.shape
    numbers, inverse = np.unique(instances, return_inverse=True)
    inverse = inverse.reshape(instances.shape)
    counts = np.bincount(inverse.ravel(), minlength=len(numbers))
    rows, columns = np.indices(instances.shape)
    box = np.empty((len(numbers), 4), np.int64)
    box[:, :2] = max(height, width)
    box[:, 2:] = 0
    for corner, places in ((0, columns), (1, rows)):
        np.minimum.at(box[:, corner], inverse, places)
        np.maximum.at(box[:, corner + 2], inverse, places + 1)
    found = {int(number): row for row, number in enumerate(numbers)}
    kept = []
    for item in objects:
        if item.instance in found:
            row = found[item.instance]
            left, top, right, bottom = (int(value) for value in box[row])
            kept.append(
                replace(
                    item,
                    box=(left, top, right, bottom),
                    pixels=int(counts[row]),
                    truncated=left == 0 or top == 0 or right == width or bottom == height,
                )
            )
    return View(tuple(kept), width, height)


def mirrored(item: VisibleObject, width: int) -> VisibleObject:
    """Return a thing as it is seen in the mirrored picture of `width` pixels."""
    x, y, z = item.centre
    left, top, right, bottom = item.box
    return replace(item, centre=(-x, y, z), box=(width - right, top, width - left, bottom))
