# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.evaluation.sources.expressions import (
    Expression,
    expressions_text,
    read_expressions,
)

WORDS = st.sampled_from(['the chair', 'the red mug', 'a lamp on the desk'])
NUMBERS = st.lists(st.integers(1, 65535), max_size=3).map(tuple)
STAMPS = st.none() | st.lists(st.integers(0, 2**62), max_size=3).map(tuple)


@given(
    st.lists(st.builds(Expression, phrase=WORDS, instances=NUMBERS, stamps_ns=STAMPS), min_size=1)
)
def test_what_was_written_is_read_again(expressions: list[Expression]) -> None:
    assert read_expressions(expressions_text(expressions), 'x') == tuple(expressions)


def test_a_phrase_is_read_as_a_command_is() -> None:
    (one,) = read_expressions(
        '{"expressions": [{"phrase": "Please go to the RED chair.", "instances": [3]}]}', 'x'
    )

    assert one == Expression(phrase='the red chair', instances=(3,))


@pytest.mark.parametrize(
    ('stamps', 'tolerance', 'holds'),
    [(None, 0, True), ((100,), 0, True), ((99, 500), 0, False), ((99,), 1, True), ((), 9, False)],
)
def test_an_expression_may_be_about_some_images_only(
    stamps: tuple[int, ...] | None, tolerance: int, holds: bool
) -> None:
    one = Expression(phrase='the chair', instances=(1,), stamps_ns=stamps)

    assert one.holds(100, tolerance) is holds


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('', 'here: content: Invalid JSON'),
        ('[]', 'here: content'),
        ('{"expressions": []}', 'expressions'),
        ('{"expressions": [{"phrase": "chair"}]}', r'expressions\.0\.instances'),
        ('{"expressions": [{"phrase": "go to", "instances": [1]}]}', 'names no object'),
        ('{"expressions": [{"phrase": "chair", "instances": [0]}]}', r'instances\.0'),
        ('{"expressions": [{"phrase": "chair", "instances": [1], "mask": 1}]}', r'0\.mask'),
    ],
)
def test_other_texts_are_refused_by_field(text: str, message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        read_expressions(text, 'here')
