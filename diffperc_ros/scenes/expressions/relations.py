# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How one thing stands to another, as the camera sees it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from diffperc_ros.scenes.expressions.orders import middle
from diffperc_ros.scenes.expressions.view import View
from diffperc_ros.scenes.objects import VisibleObject

Relation: TypeAlias = Callable[[VisibleObject, VisibleObject, View], bool | None]

NEITHER_SIDE = 0.03
"""Shares of the picture's width within which a thing is on neither side of another."""
CLEARLY_NEARER = 0.3
"""Metres between centres from which one thing is clearly in front of another."""
CLOSE, FAR = 0.3, 1.0
"""Metres of free space up to which things are next to each other, and from which they are not."""


def _left(item: VisibleObject, anchor: VisibleObject, view: View) -> bool | None:
    margin = NEITHER_SIDE * view.width
    if middle(item) > middle(anchor) - margin:
        return False
    clear = middle(item) < anchor.box[0] - margin and item.box[2] < middle(anchor)
    return True if clear else None


def _right(item: VisibleObject, anchor: VisibleObject, view: View) -> bool | None:
    margin = NEITHER_SIDE * view.width
    if middle(item) < middle(anchor) + margin:
        return False
    clear = middle(item) > anchor.box[2] + margin and item.box[0] > middle(anchor)
    return True if clear else None


def _front(item: VisibleObject, anchor: VisibleObject, view: View) -> bool | None:
    """Nearer to the camera, in about the same direction."""
    del view
    nearer = anchor.centre[2] - item.centre[2]
    common = min(item.box[2], anchor.box[2]) - max(item.box[0], anchor.box[0])
    if nearer < 0 or common <= 0:
        return False
    narrower = min(item.box[2] - item.box[0], anchor.box[2] - anchor.box[0])
    return True if nearer > CLEARLY_NEARER and common > narrower / 2 else None


def _behind(item: VisibleObject, anchor: VisibleObject, view: View) -> bool | None:
    return _front(anchor, item, view)


def _on(item: VisibleObject, anchor: VisibleObject, view: View) -> bool | None:
    """Carried by it; what is carried by something that it carries is open to dispute."""
    if item.support == anchor.instance:
        return True
    supports = {other.instance: other.support for other in view.objects}
    below, steps = item.support, 0
    while below is not None and steps < len(supports):
        if below == anchor.instance:
            return None
        below, steps = supports.get(below), steps + 1
    return False


def _beside(item: VisibleObject, anchor: VisibleObject, view: View) -> bool | None:
    """Little free space between them, and neither carries the other."""
    if _on(item, anchor, view) is not False or _on(anchor, item, view) is not False:
        return False
    reach = sum(max(thing.size[:2]) for thing in (item, anchor)) / 2
    least = sum(min(thing.size[:2]) for thing in (item, anchor)) / 2
    apart = math.dist(item.centre, anchor.centre)
    if apart - reach > FAR:
        return False
    return True if apart - least < CLOSE else None


RELATIONS: dict[str, Relation] = {
    'left': _left,
    'right': _right,
    'front': _front,
    'behind': _behind,
    'on': _on,
    'beside': _beside,
}
"""For each relation, whether a thing stands so to an anchor; None where one could dispute it."""
