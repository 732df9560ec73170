# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Phrases for a picture, right by construction.

A phrase is drawn by its form, then its meaning is evaluated over everything in the picture, and it
is kept only if it denotes exactly what it was drawn for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from diffperc_ros.scenes.classes import SURFACES
from diffperc_ros.scenes.colours import COLOURS
from diffperc_ros.scenes.expressions.held_out import is_combination, is_held_out
from diffperc_ros.scenes.expressions.meaning import (
    Coloured,
    Extreme,
    Meaning,
    Noun,
    Related,
    denotation,
)
from diffperc_ros.scenes.expressions.nouns import UNCOUNTABLE, WORDS, words_for
from diffperc_ros.scenes.expressions.orders import ORDERS
from diffperc_ros.scenes.expressions.relations import RELATIONS
from diffperc_ros.scenes.expressions.view import View
from diffperc_ros.scenes.expressions.wording import plural, singular, words_of
from diffperc_ros.scenes.objects import VisibleObject

Random = np.random.Generator
Shares: TypeAlias = Mapping[str, float]
"""Form -> how often it is tried; they add up to 1."""

SMALLEST = 0.0012
"""Share of a picture's pixels from which a thing is spoken of."""
LEAST_VISIBLE = 0.25
"""Share of a thing that must not be hidden."""
SURFACE_SHARE = 0.3
"""Share of floors, walls and ceilings among what is spoken of as a whole kind."""
TRIES = 12
SHARES: Shares = {
    'name': 0.10,
    'colour': 0.24,
    'order': 0.28,
    'relation': 0.25,
    'kind': 0.04,
    'absent_name': 0.04,
    'absent_colour': 0.04,
    'absent_place': 0.01,
}
"""How often a form is tried; an order or a relation succeeds less often than the others."""


@dataclass(frozen=True)
class Expression:
    """A phrase, the instances it denotes (none: nothing there is meant), its form and meaning."""

    phrase: str
    instances: tuple[int, ...]
    form: str
    meaning: Meaning | None = None


@dataclass(frozen=True)
class _Draft:
    """A meaning, what it must denote, and how it is said."""

    meaning: Meaning
    instances: frozenset[int]
    phrase: str


def draw_expressions(
    view: View,
    random: Random,
    count: int,
    *,
    held_out: bool = False,
    shares: Shares = SHARES,
) -> list[Expression]:
    """Draw different phrases about a view.

    Parameters
    ----------
    view : everything that is seen, however small.
    random : where chance comes from; the order of the view's things makes no difference.
    count : how many are wanted; there may be fewer where little is seen.
    held_out : whether every phrase says a combination of HELD_OUT, or none does.
    shares : how often each form is tried.
    """
    view = View(
        tuple(sorted(view.objects, key=lambda item: item.instance)), view.width, view.height
    )
    targets = [item for item in view.objects if _can_be_meant(item, view)]
    if held_out:
        targets = [item for item in targets if is_combination(item)]
    found: dict[object, Expression] = {}
    for _ in range(TRIES * count):
        if len(found) == count:
            break
        form = str(random.choice(tuple(shares), p=tuple(shares.values())))
        draft = _FORMS[form](view, targets, random)
        if draft is None or is_held_out(draft.meaning) != held_out:
            continue
        denoted = denotation(draft.meaning, view)
        if denoted.unsure or denoted.surely != draft.instances:
            continue
        instances = tuple(sorted(draft.instances))
        # The same thing is not spoken of twice in the same form.
        key = (instances, form) if instances else draft.phrase
        found.setdefault(key, Expression(draft.phrase, instances, form, draft.meaning))
    return list(found.values())


def _can_be_meant(item: VisibleObject, view: View) -> bool:
    return (
        item.label not in SURFACES
        and item.name not in UNCOUNTABLE
        and item.pixels >= SMALLEST * view.width * view.height
        and item.visible_share >= LEAST_VISIBLE
    )


def _pick(items: list[VisibleObject], random: Random) -> VisibleObject | None:
    """Draw one thing; large ones, and those that are not alone of their name, more often."""
    if not items:
        return None
    names = [item.name for item in items]
    weights = np.sqrt([item.pixels for item in items]) * [
        2 if names.count(name) > 1 else 1 for name in names
    ]
    return items[int(random.choice(len(items), p=weights / weights.sum()))]


def _noun(item: VisibleObject, random: Random) -> Noun:
    return Noun(str(random.choice(words_for(item.name))))


def _described(item: VisibleObject, random: Random, colour_share: float) -> Noun | Coloured:
    noun = _noun(item, random)
    if item.colour is not None and random.random() < colour_share:
        return Coloured(item.colour, noun)
    return noun


def _single(meaning: Meaning, item: VisibleObject, random: Random) -> _Draft:
    phrase = singular(words_of(meaning, random), random)
    return _Draft(meaning, frozenset({item.instance}), phrase)


def _by_name(view: View, targets: list[VisibleObject], random: Random) -> _Draft | None:
    del view
    item = _pick(targets, random)
    return None if item is None else _single(_noun(item, random), item, random)


def _by_colour(view: View, targets: list[VisibleObject], random: Random) -> _Draft | None:
    del view
    item = _pick([item for item in targets if item.colour], random)
    return None if item is None else _single(_described(item, random, 1.0), item, random)


def _by_order(view: View, targets: list[VisibleObject], random: Random) -> _Draft | None:
    """Name the first of at least two, or the order would say nothing."""
    item = _pick(targets, random)
    if item is None:
        return None
    of = _described(item, random, 0.4)
    if len(denotation(of, view).surely) < 2:
        return None
    return _single(Extreme(str(random.choice(tuple(ORDERS))), of), item, random)


def _by_relation(view: View, targets: list[VisibleObject], random: Random) -> _Draft | None:
    item = _pick(targets, random)
    anchors = [other for other in view.objects if other != item and _can_be_meant(other, view)]
    anchor = _pick(anchors, random)
    if item is None or anchor is None:
        return None
    true = [name for name, relation in RELATIONS.items() if relation(item, anchor, view)]
    if not true:
        return None
    of, beside = _described(item, random, 0.4), _described(anchor, random, 0.4)
    return _single(Related(str(random.choice(true)), of, beside), item, random)


def _all_of_a_kind(view: View, targets: list[VisibleObject], random: Random) -> _Draft | None:
    """Say a bare noun for all there are, or the plural where there are several."""
    surfaces = [item for item in view.objects if item.label in SURFACES]
    item = _pick(surfaces if random.random() < SURFACE_SHARE else targets, random)
    if item is None:
        return None
    is_surface = item.label in SURFACES
    of = _noun(item, random) if is_surface else _described(item, random, 0.3)
    instances = denotation(of, view).surely
    if is_surface:
        phrase = singular(words_of(of, random), random)
    elif len(instances) > 1 and random.random() < 0.7:
        phrase = singular(plural(of), random)
    else:
        phrase = words_of(of, random)
    return _Draft(of, instances, phrase)


def _absent_name(view: View, targets: list[VisibleObject], random: Random) -> _Draft | None:
    """Name a kind of thing; there is none of it."""
    del view, targets
    return _nothing(Noun(str(random.choice(WORDS))), random)


def _absent_colour(view: View, targets: list[VisibleObject], random: Random) -> _Draft | None:
    """Name something there is in a colour that it is not, or another thing in its colour."""
    del view
    item = _pick(targets, random)
    if item is None:
        return None
    other = str(random.choice(COLOURS))
    if random.random() < 0.5:
        return _nothing(Coloured(other, _noun(item, random)), random)
    return _nothing(Coloured(item.colour or other, Noun(str(random.choice(WORDS)))), random)


def _absent_place(view: View, targets: list[VisibleObject], random: Random) -> _Draft | None:
    """Name something there is in a place where it is not."""
    del view
    item, anchor = _pick(targets, random), _pick(targets, random)
    if item is None or anchor is None or anchor.name == item.name:
        return None
    relation = str(random.choice(tuple(RELATIONS)))
    return _nothing(Related(relation, _noun(item, random), _noun(anchor, random)), random)


def _nothing(meaning: Meaning, random: Random) -> _Draft:
    return _Draft(meaning, frozenset(), singular(words_of(meaning, random), random))


_FORMS: dict[str, Callable[[View, list[VisibleObject], Random], _Draft | None]] = {
    'name': _by_name,
    'colour': _by_colour,
    'order': _by_order,
    'relation': _by_relation,
    'kind': _all_of_a_kind,
    'absent_name': _absent_name,
    'absent_colour': _absent_colour,
    'absent_place': _absent_place,
}
