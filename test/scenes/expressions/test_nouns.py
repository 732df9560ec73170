# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from diffperc_ros.scenes.expressions.nouns import (
    WORDS,
    reach,
    share_things,
    stands_for,
    words_for,
)


@pytest.mark.parametrize(
    ('word', 'name', 'expected'),
    [
        ('couch', 'sofa', True),
        ('chair', 'chair', True),
        ('chair', 'armchair', None),
        ('chair', 'table', False),
        ('cup', 'mug', True),
        ('mug', 'cup', None),
        ('bottle', 'baby bottle', None),
        ('hammer', 'hammer', True),
        ('xylophone', 'xylophone', True),
        ('person', 'girl', True),
    ],
)
def test_what_words_stand_for(word: str, name: str, expected: bool | None) -> None:
    assert stands_for(word, name) is expected


def test_every_word_of_a_name_stands_for_it() -> None:
    for name in {name for word in WORDS for name in reach(word).surely}:
        assert all(stands_for(word, name) for word in words_for(name))


def test_no_word_is_sure_and_doubtful_of_the_same_thing() -> None:
    for word in WORDS:
        assert not reach(word).surely & reach(word).perhaps, word


def test_words_that_share_things() -> None:
    assert share_things('chair', 'armchair')
    assert share_things('couch', 'sofa')
    assert not share_things('chair', 'table')
