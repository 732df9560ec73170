# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Masks as colours over a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.labels import Colour, label_colour
from diffperc_ros.evaluation.report.colours import UNKNOWN, Picture

OPACITY = 0.62
RIGHT, WRONG, MISSED = (40, 190, 90), (225, 50, 45), (60, 110, 235)

Legend = tuple[tuple[str, str], ...]
"""(CSS colour, name) for every colour."""


def class_colours(
    classes: Sequence[str], known: Mapping[str, Colour] | None = None
) -> tuple[Colour, ...]:
    """Return a colour for every class: the bundle's where it is known."""
    own = known or {}
    return tuple(own.get(name, label_colour(number)) for number, name in enumerate(classes))


def class_picture(
    image: Picture, numbers: NDArray[np.uint8], colours: Sequence[Colour]
) -> Picture:
    """Return a picture with the colour of every pixel's class laid over it.

    Parameters
    ----------
    image : uint8 (height, width, 3).
    numbers : uint8 (h, w) of any size; beyond `colours`: grey.
    colours : by number.
    """
    table = np.full((256, 3), UNKNOWN, np.uint8)
    table[: len(colours)] = np.array(colours, np.uint8).reshape(-1, 3)
    return _over(image, table[_fitted(numbers, image)], np.ones(image.shape[:2], np.bool_))


def comparison_picture(
    image: Picture, found: NDArray[np.bool_], there: NDArray[np.bool_] | None
) -> Picture:
    """Return a picture with what was found in green, and against the truth in three colours.

    Parameters
    ----------
    image : uint8 (height, width, 3).
    found, there : bool (h, w) of any size; `there` None: not known.
    """
    seen = _fitted(found.astype(np.uint8), image) > 0
    true = seen if there is None else _fitted(there.astype(np.uint8), image) > 0
    colours = np.zeros_like(image)
    colours[seen & true], colours[seen & ~true], colours[~seen & true] = RIGHT, WRONG, MISSED
    return _over(image, colours, seen | true)


def legend(names: Sequence[str], colours: Sequence[Colour]) -> Legend:
    """Return the key of a picture."""
    return tuple(
        (f'rgb{colour}'.replace(' ', ''), name)
        for name, colour in zip(names, colours, strict=True)
    )


def _over(image: Picture, colours: Picture, where: NDArray[np.bool_]) -> Picture:
    mixed = image * (1 - OPACITY) + colours * OPACITY
    return np.where(where[..., None], mixed, image).astype(np.uint8)


def _fitted(values: NDArray[np.uint8], image: Picture) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    if values.shape == (height, width):
        return values
    return np.asarray(
        cv2.resize(values, (width, height), interpolation=cv2.INTER_NEAREST_EXACT), np.uint8
    )
