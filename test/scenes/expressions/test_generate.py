# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Laws that every drawn phrase obeys, whatever is in the picture."""

from __future__ import annotations

import random as standard_random
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from diffperc_ros.scenes.colours import COLOURS
from diffperc_ros.scenes.expressions.generate import SHARES, Expression, draw_expressions
from diffperc_ros.scenes.expressions.held_out import HELD_OUT, is_held_out
from diffperc_ros.scenes.expressions.meaning import (
    Coloured,
    Extreme,
    Meaning,
    Noun,
    Related,
    denotation,
)
from diffperc_ros.scenes.expressions.nouns import WORDS, words_for
from diffperc_ros.scenes.expressions.view import View, mirrored
from diffperc_ros.scenes.expressions.wording import plural, words_of
from diffperc_ros.scenes.objects import VisibleObject

NAMES = (
    *(('chair', 'chair'), ('chair', 'armchair'), ('table', 'table'), ('sofa', 'sofa')),
    *(('object', 'mug'), ('object', 'box'), ('object', 'lamp'), ('cabinet', 'bookcase')),
    *(('floor', 'floor'), ('wall', 'wall'), ('object', 'clothes')),
)
MIRRORED_WORDS = str.maketrans({'←': '→', '→': '←'})


@st.composite
def views(draw: st.DrawFn) -> View:
    things = []
    for instance in range(1, draw(st.integers(2, 12)) + 1):
        label, name = draw(st.sampled_from(NAMES))
        left, top = draw(st.integers(0, 200)), draw(st.integers(0, 150))
        width, height = draw(st.integers(4, 56)), draw(st.integers(4, 40))
        distance = draw(st.floats(0.5, 6))
        column = left + width / 2
        things.append(
            VisibleObject(
                instance=instance,
                label=label,
                name=name,
                colour=draw(st.sampled_from((None, 'red', 'green', 'blue'))),
                centre=((column - 128) / 200 * distance, 0.1, distance),
                box=(left, top, left + width, top + height),
                pixels=width * height,
                size=(draw(st.floats(0.1, 2)),) * 3,
                support=draw(st.none() | st.integers(1, max(instance - 1, 1))),
                truncated=left == 0,
                visible_share=draw(st.sampled_from((0.1, 0.5, 1.0))),
            )
        )
    return View(tuple(things), 256, 192)


def drawn(view: View, seed: int, count: int = 6, *, held_out: bool = False) -> list[Expression]:
    return draw_expressions(view, np.random.default_rng(seed), count, held_out=held_out)


def read(phrase: str) -> Meaning:
    """A reader of its own for the phrases: what a person would take them to mean."""
    text = phrase.removeprefix('the ')
    for relation, sayings in (
        ('front', ('in front of',)),
        ('left', ('to the left of', 'on the left of', 'left of')),
        ('right', ('to the right of', 'on the right of', 'right of')),
        ('behind', ('behind',)),
        ('on', ('on top of', 'on')),
        ('beside', ('next to', 'beside', 'by')),
    ):
        for saying in sayings:
            of, found, anchor = text.partition(f' {saying} the ')
            if found and not anchor.startswith('far '):
                return Related(relation, simple(of), simple(anchor))
    for order, sayings in (
        ('leftmost', ('leftmost', 'on the far left', 'furthest to the left')),
        ('rightmost', ('rightmost', 'on the far right', 'furthest to the right')),
        ('nearest', ('closest to the camera', 'nearest to the camera', 'nearest', 'closest')),
        (
            'farthest',
            ('farthest away', 'farthest from the camera', 'farthest', 'most distant'),
        ),
        ('smallest', ('smallest', 'small', 'little')),
        ('largest', ('largest', 'biggest', 'big', 'large')),
        ('tallest', ('tallest', 'tall')),
    ):
        for saying in sayings:
            if text.startswith(f'{saying} ') or text.endswith(f' {saying}'):
                return Extreme(order, simple(text.replace(saying, '', 1).strip()))
    return simple(text)


def simple(text: str) -> Noun | Coloured:
    first, _, rest = text.partition(' ')
    if first in COLOURS and rest:
        return Coloured(first, Noun(singular(rest)))
    return Noun(singular(text))


def singular(text: str) -> str:
    known = {*WORDS, *(word for _, name in NAMES for word in words_for(name))}
    if text in known:
        return text
    return next(word for word in known if plural(Noun(word)) == text)


@settings(max_examples=60, deadline=None)
@given(views(), st.integers(0, 2**32))
def test_what_is_said_denotes_exactly_what_is_marked(view: View, seed: int) -> None:
    for expression in drawn(view, seed):
        found = denotation(read(expression.phrase), view)
        assert found.surely == set(expression.instances), expression
        assert not found.unsure, expression
        assert expression.meaning is not None
        assert denotation(expression.meaning, view) == found, expression


@settings(max_examples=20, deadline=None)
@given(views(), st.integers(0, 2**32), st.sampled_from(tuple(SHARES)))
def test_a_form_alone_can_be_asked_for(view: View, seed: int, form: str) -> None:
    random = np.random.default_rng(seed)
    found = draw_expressions(view, random, 6, shares={form: 1.0})
    assert {expression.form for expression in found} <= {form}


@settings(max_examples=30, deadline=None)
@given(views(), st.integers(0, 2**32))
def test_order_of_the_things_changes_nothing(view: View, seed: int) -> None:
    shuffled = list(view.objects)
    standard_random.Random(seed).shuffle(shuffled)
    assert drawn(view, seed) == drawn(replace(view, objects=tuple(shuffled)), seed)


@settings(max_examples=40, deadline=None)
@given(views(), st.integers(0, 2**32))
def test_in_a_mirror_left_is_right(view: View, seed: int) -> None:
    swapped = replace(view, objects=tuple(mirrored(item, view.width) for item in view.objects))
    for expression in drawn(view, seed):
        phrase = expression.phrase.replace('left', '←').replace('right', '→')
        phrase = phrase.translate(MIRRORED_WORDS).replace('←', 'left').replace('→', 'right')
        found = denotation(read(phrase), swapped)
        assert found.surely == set(expression.instances), expression


@settings(max_examples=40, deadline=None)
@given(views(), st.integers(0, 2**32), st.booleans())
def test_combinations_are_said_where_they_are_asked_for_alone(
    view: View, seed: int, held_out: bool
) -> None:
    for expression in drawn(view, seed, held_out=held_out):
        assert is_held_out(read(expression.phrase)) == held_out, expression


def test_every_form_occurs_and_absent_ones_denote_nothing() -> None:
    forms: dict[str, int] = {}
    example = views().map(lambda view: view)
    seen = []

    @settings(max_examples=40, deadline=None, database=None, derandomize=True)
    @given(example)
    def collect(view: View) -> None:
        seen.append(view)

    collect()
    for number, view in enumerate(seen):
        for expression in drawn(view, number, 8):
            forms[expression.form] = forms.get(expression.form, 0) + 1
            assert expression.form.startswith('absent') == (not expression.instances)
    assert set(forms) == {
        *('name', 'colour', 'order', 'relation', 'kind'),
        *('absent_name', 'absent_colour', 'absent_place'),
    }


def test_a_held_out_chair_is_not_said_by_another_name() -> None:
    assert ('blue', 'chair') in HELD_OUT
    assert is_held_out(Coloured('blue', Noun('armchair')))
    assert is_held_out(Related('left', Noun('mug'), Coloured('blue', Noun('chair'))))
    assert not is_held_out(Coloured('red', Noun('chair')))
    assert not is_held_out(Coloured('blue', Noun('table')))


def test_every_colour_and_noun_of_a_combination_is_known_otherwise() -> None:
    for colour, noun in HELD_OUT:
        other_colours = [c for c in COLOURS if not is_held_out(Coloured(c, Noun(noun)))]
        other_nouns = [w for w in WORDS if not is_held_out(Coloured(colour, Noun(w)))]
        assert len(other_colours) >= 7
        assert len(other_nouns) >= 70


def test_words_sound_like_english() -> None:
    random = np.random.default_rng(0)
    said = {
        words_of(Related('on', Coloured('red', Noun('mug')), Noun('desk')), random)
        for _ in range(20)
    }
    assert said == {'red mug on the desk', 'red mug on top of the desk'}
    assert [plural(Noun(w)) for w in ('shelf', 'box', 'couch', 'person', 'lamp')] == [
        'shelves',
        'boxes',
        'couches',
        'people',
        'lamps',
    ]
