# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What phrases denote in views whose answer anybody can tell."""

from __future__ import annotations

import pytest

from diffperc_ros.scenes.expressions.meaning import (
    Coloured,
    Extreme,
    Meaning,
    Noun,
    Related,
    denotation,
)

CHAIR, MUG, TABLE, DESK = Noun('chair'), Noun('mug'), Noun('table'), Noun('desk')
RED, BLUE = Coloured('red', CHAIR), Coloured('blue', CHAIR)

# 1 red chair left, 2 blue chair right, 3 chair of no clear colour in the middle and far away,
# 4 table in the middle, 5 mug on it, 6 mug on 7, a bed at the far right.
SURE = [
    (Noun('table'), {4}),
    (MUG, {5, 6}),
    (RED, {1}),
    (Extreme('leftmost', CHAIR), {1}),
    (Extreme('rightmost', MUG), {6}),
    (Extreme('farthest', CHAIR), {3}),
    (Related('on', MUG, TABLE), {5}),
    (Related('on', MUG, Noun('bed')), {6}),
    (Related('left', CHAIR, TABLE), {1}),
    (Related('right', CHAIR, TABLE), {2}),
    (Related('behind', CHAIR, TABLE), {3}),
    (Related('front', TABLE, Extreme('farthest', CHAIR)), {4}),
    (Coloured('green', MUG), set()),
    (Noun('toilet'), set()),
    (Noun('couch'), set()),
]
# The chair without a clear colour may be red or blue; a table may be called a desk.
UNSURE = [(RED, {3}), (BLUE, {3}), (DESK, {4}), (Extreme('nearest', CHAIR), {1, 2})]


@pytest.fixture
def room(thing, view):
    return view(
        thing(1, 'chair', 30, 1.0, label='chair', colour='red'),
        thing(2, 'chair', 200, 1.05, label='chair', colour='blue'),
        thing(3, 'chair', 128, 4.0, label='chair'),
        thing(4, 'table', 128, 2.0, label='table', size=1.5),
        thing(5, 'mug', 130, 2.0, colour='white', support=4),
        thing(6, 'mug', 240, 2.0, colour='white', support=7),
        thing(7, 'bed', 245, 2.2, label='bed', size=2.0),
    )


@pytest.mark.parametrize(('meaning', 'instances'), SURE, ids=str)
def test_what_is_surely_meant(meaning: Meaning, instances: set[int], room) -> None:
    assert denotation(meaning, room).surely == instances


@pytest.mark.parametrize(('meaning', 'instances'), UNSURE, ids=str)
def test_what_people_would_argue_about(meaning: Meaning, instances: set[int], room) -> None:
    assert denotation(meaning, room).unsure == instances


def test_a_relation_to_one_of_several_things_says_nothing(room) -> None:
    meaning = Related('left', TABLE, CHAIR)
    assert denotation(meaning, room).surely == set()
    assert denotation(meaning, room).unsure == {4}


@pytest.mark.parametrize('order', ['leftmost', 'nearest', 'largest'])
def test_no_first_without_a_margin(order: str, thing, view) -> None:
    twins = view(thing(1, 'box', 128), thing(2, 'box', 130, 2.05))
    found = denotation(Extreme(order, Noun('box')), twins)
    assert found.surely == set()
    assert found.unsure == {1, 2}


def test_a_possible_rival_makes_the_first_unsure(thing, view) -> None:
    # Whether the armchair is a chair is open, and it would be further left.
    room = view(thing(1, 'chair', 100), thing(2, 'armchair', 30), thing(3, 'chair', 200))
    found = denotation(Extreme('leftmost', CHAIR), room)
    assert found.surely == set()
    assert 1 in found.unsure


def test_what_lies_on_a_book_on_the_table_may_be_on_the_table(thing, view) -> None:
    stack = view(thing(1, 'table'), thing(2, 'book', support=1), thing(3, 'mug', support=2))
    assert denotation(Related('on', MUG, TABLE), stack).unsure == {3}
    assert denotation(Related('on', MUG, Noun('book')), stack).surely == {3}
