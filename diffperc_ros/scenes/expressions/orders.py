# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Orders in which one thing can clearly come first: leftmost, nearest, largest."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from diffperc_ros.scenes.expressions.view import View
from diffperc_ros.scenes.objects import VisibleObject

Before: TypeAlias = Callable[[VisibleObject, VisibleObject, View], bool]

SIDEWAYS = 0.06
"""Shares of the picture's width by which middles must differ."""
DISTANCE = 1.2
"""Ratio of distances from which one thing is clearly nearer."""
EXTENT = 1.3
"""Ratio of sizes from which one thing is clearly larger."""


def middle(item: VisibleObject) -> float:
    """Return the column of the middle of a thing's box, pixels."""
    left, _, right, _ = item.box
    return (left + right) / 2


def extent(item: VisibleObject) -> float:
    """Return a thing's size, metres: the geometric mean of its two longest sides."""
    _, second, first = sorted(item.size)
    return math.sqrt(first * second)


def _leftmost(one: VisibleObject, other: VisibleObject, view: View) -> bool:
    return middle(other) - middle(one) > SIDEWAYS * view.width


def _nearest(one: VisibleObject, other: VisibleObject, view: View) -> bool:
    del view
    return math.hypot(*other.centre) > DISTANCE * math.hypot(*one.centre)


def _smallest(one: VisibleObject, other: VisibleObject, view: View) -> bool:
    del view
    return extent(other) > EXTENT * extent(one)


def _lowest(one: VisibleObject, other: VisibleObject, view: View) -> bool:
    del view
    return other.size[2] > EXTENT * one.size[2]


def _reversed(before: Before) -> Before:
    return lambda one, other, view: before(other, one, view)


ORDERS: dict[str, Before] = {
    'leftmost': _leftmost,
    'rightmost': _reversed(_leftmost),
    'nearest': _nearest,
    'farthest': _reversed(_nearest),
    'smallest': _smallest,
    'largest': _reversed(_smallest),
    'tallest': _reversed(_lowest),
}
"""For each order, whether one thing comes clearly before another."""
