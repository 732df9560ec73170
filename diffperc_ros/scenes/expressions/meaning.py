# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a phrase means, and which of the visible things it denotes.

Truth has three values: True, False, and None for what people could see either way. An answer that
rests on a None is no answer, so whatever is kept is right with a margin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from diffperc_ros.scenes.expressions.nouns import stands_for
from diffperc_ros.scenes.expressions.orders import ORDERS
from diffperc_ros.scenes.expressions.relations import RELATIONS
from diffperc_ros.scenes.expressions.view import View
from diffperc_ros.scenes.objects import VisibleObject

Truth: TypeAlias = bool | None


@dataclass(frozen=True)
class Noun:
    """Whatever a noun stands for: "chair"."""

    word: str


@dataclass(frozen=True)
class Coloured:
    """Those of a colour: "red chair"."""

    colour: str
    of: Noun


@dataclass(frozen=True)
class Extreme:
    """The first of an order (a key of ORDERS): "leftmost red chair"."""

    order: str
    of: Noun | Coloured


@dataclass(frozen=True)
class Related:
    """Those in a relation (a key of RELATIONS) to one other thing: "mug on the desk"."""

    relation: str
    of: Noun | Coloured
    anchor: Noun | Coloured


Meaning: TypeAlias = Noun | Coloured | Extreme | Related


@dataclass(frozen=True)
class Denotation:
    """Instances that a meaning denotes surely, and those of which one cannot be sure."""

    surely: frozenset[int]
    unsure: frozenset[int]


def denotation(meaning: Meaning, view: View) -> Denotation:
    """Evaluate a meaning over all things of a view."""
    judged = {item.instance: truth for item, truth in truths(meaning, view)}
    return Denotation(
        frozenset(instance for instance, truth in judged.items() if truth),
        frozenset(instance for instance, truth in judged.items() if truth is None),
    )


def main_part(meaning: Meaning) -> Noun | Coloured:
    """Return what is sought, without its order or relation: of "mug on the desk", the mug."""
    return meaning.of if isinstance(meaning, Extreme | Related) else meaning


def coloured_nouns(meaning: Meaning) -> Iterator[Coloured]:
    """Return every colour that is said together with its noun."""
    if isinstance(meaning, Coloured):
        yield meaning
    elif isinstance(meaning, Extreme):
        yield from coloured_nouns(meaning.of)
    elif isinstance(meaning, Related):
        yield from coloured_nouns(meaning.of)
        yield from coloured_nouns(meaning.anchor)


def truths(meaning: Meaning, view: View) -> list[tuple[VisibleObject, Truth]]:
    """Return for every thing of a view whether a meaning denotes it."""
    if isinstance(meaning, Noun):
        return [(item, stands_for(meaning.word, item.name)) for item in view.objects]
    if isinstance(meaning, Coloured):
        return [
            (item, _both(truth, has_colour(item, meaning.colour)))
            for item, truth in truths(meaning.of, view)
        ]
    if isinstance(meaning, Extreme):
        return _first(truths(meaning.of, view), meaning.order, view)
    return _related(meaning, view)


def _both(one: Truth, other: Truth) -> Truth:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def has_colour(item: VisibleObject, colour: str) -> Truth:
    """Whether a thing has a colour; None where nobody could name its colour."""
    return None if item.colour is None else item.colour == colour


def _first(
    candidates: list[tuple[VisibleObject, Truth]], order: str, view: View
) -> list[tuple[VisibleObject, Truth]]:
    """Keep the one that clearly comes before all others, and drop what clearly comes after one."""
    before = ORDERS[order]
    possible = [item for item, truth in candidates if truth is not False]
    sure = [item for item, truth in candidates if truth]

    def judged(item: VisibleObject, truth: Truth) -> Truth:
        if truth is False or any(before(other, item, view) for other in sure if other != item):
            return False
        others = (other for other in possible if other != item)
        return truth and (all(before(item, other, view) for other in others) or None)

    return [(item, judged(item, truth)) for item, truth in candidates]


def _related(meaning: Related, view: View) -> list[tuple[VisibleObject, Truth]]:
    """Judge candidates against the anchor, which must be one thing without doubt."""
    anchors = denotation(meaning.anchor, view)
    candidates = truths(meaning.of, view)
    if len(anchors.surely) != 1 or anchors.unsure:
        return [(item, truth and None) for item, truth in candidates]
    anchor = next(item for item in view.objects if item.instance in anchors.surely)
    relation = RELATIONS[meaning.relation]
    return [
        (item, False if item == anchor else _both(truth, relation(item, anchor, view)))
        for item, truth in candidates
    ]
