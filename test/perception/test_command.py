# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffperc_ros.core.errors import CommandError
from diffperc_ros.perception.command import LONGEST_COMMAND, ORDERS, normalised, phrases_of


@pytest.mark.parametrize(
    ('command', 'phrases'),
    [
        ('the red chair', ('the red chair',)),
        ('go to the red chair', ('the red chair',)),
        ('Please go to the RED chair!', ('the red chair',)),
        ('Robot, could you please bring me a mug?', ('a mug',)),
        ('where is the sofa?', ('the sofa',)),
        ("where's the sofa", ('the sofa',)),
        ('pick up the ball please.', ('the ball',)),
        ('the chair next to the door', ('the chair next to the door',)),
        ('mug; go to the table\nsofa\r\nsofa', ('mug', 'the table', 'sofa')),
        ('a table, a chair', ('a table, a chair',)),
        ('', ()),
        (' \t ', ()),
        (';;\n;', ()),
        ('gopher', ('gopher',)),
        ('finding nemo', ('finding nemo',)),
        ('\uff33\uff2f\uff26\uff21', ('sofa',)),
        ('red\x07\x1b[0m chair', ('red [0m chair',)),
        ('red\u200bchair', ('red chair',)),
        ('stuhl', ('stuhl',)),
        ('赤い椅子', ('赤い椅子',)),
        ('chair 2', ('chair 2',)),
        ('STRASSE; Straße', ('strasse',)),
    ],
)
def test_phrases(command: str, phrases: tuple[str, ...]) -> None:
    assert phrases_of(command, 8) == phrases


@pytest.mark.parametrize(
    ('command', 'message'),
    [
        ('go to', "'go to' names no object"),
        ('please', 'names no object'),
        ('chair; find', "'find' names no object"),
        ('!!!', 'names no object'),
        ('\N{RED APPLE}', 'names no object'),
        (';'.join(f'thing {n}' for n in range(9)), '9 phrases; at most 8'),
        ('a' * (LONGEST_COMMAND + 1), 'characters'),
    ],
)
def test_what_cannot_be_looked_for_is_refused_whole(command: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        phrases_of(command, 8)


@given(st.text(max_size=200))
def test_any_text_gives_phrases_that_stay_themselves_or_an_error(text: str) -> None:
    try:
        phrases = phrases_of(text, 8)
    except CommandError:
        return
    for phrase in phrases:
        assert phrase == normalised(phrase)
        assert not set(';\n\r') & set(phrase)
    assert len(set(phrases)) == len(phrases)


@given(st.sampled_from(ORDERS), st.sampled_from(('the red chair', 'mug', 'box on the table')))
def test_an_order_does_not_change_the_object(order: str, thing: str) -> None:
    assert phrases_of(f'{order} {thing}', 1) == (thing,)
