# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Whitespace

from diffperc_ros.scenes.expressions.generate import Expression
from diffperc_ros.scenes.expressions.meaning import Coloured, Extreme, Meaning, Noun, Related
from diffperc_ros.scenes.expressions.wording import plural, singular, words_of
from diffperc_ros.training.data.spoken import spoken_parts

NOTHING, NOUN, COLOUR, ANCHOR = -1, 0, 1, 2
PIECES = (
    '[PAD] [UNK] the red orange coffee table tables chair people shel ##ves next to of left on '
    'top ##most nearest camera closest'
)
TABLE, CHAIR = Noun('coffee table'), Noun('chair')


@pytest.fixture
def tokenizer() -> Tokenizer:
    pieces = {piece: number for number, piece in enumerate(PIECES.split())}
    pieces |= {'##' + piece: len(pieces) + n for n, piece in enumerate(('chair', 'table'))}
    made = Tokenizer(WordPiece(pieces, unk_token='[UNK]'))
    made.pre_tokenizer = Whitespace()
    return made


@pytest.mark.parametrize(
    ('phrase', 'meaning', 'said'),
    [
        ('the coffee table', TABLE, [NOTHING, NOUN, NOUN]),
        ('red chair', Coloured('red', CHAIR), [COLOUR, NOUN]),
        ('people', Noun('person'), [NOUN]),
        ('red shelves', Coloured('red', Noun('shelf')), [COLOUR, NOUN, NOUN]),
        ('leftmost chair', Extreme('leftmost', CHAIR), [NOTHING, NOTHING, NOUN]),
        (
            'red coffee table next to the orange chair',
            Related('beside', Coloured('red', TABLE), Coloured('orange', CHAIR)),
            [COLOUR, NOUN, NOUN, NOTHING, NOTHING, NOTHING, ANCHOR, ANCHOR],
        ),
        # The same word twice: what is sought comes first.
        (
            'the chair left of the chair',
            Related('left', CHAIR, CHAIR),
            [NOTHING, NOUN, NOTHING, NOTHING, NOTHING, ANCHOR],
        ),
        ('', None, []),
    ],
)
def test_words_and_what_they_say(
    tokenizer: Tokenizer, phrase: str, meaning: Meaning | None, said: list[int]
) -> None:
    expression = Expression(phrase, (), 'any', meaning)
    assert spoken_parts(tokenizer, expression, 10) == said + [NOTHING] * (10 - len(said))


def test_every_phrase_has_its_noun(tokenizer: Tokenizer) -> None:
    """Whatever words an order or a relation is said with."""
    random = np.random.default_rng(0)
    for order in ('leftmost', 'nearest', 'smallest', 'tallest'):
        for _ in range(20):
            meaning = Extreme(order, Coloured('red', CHAIR))
            phrase = singular(words_of(meaning, random), random)
            said = spoken_parts(tokenizer, Expression(phrase, (), 'order', meaning), 16)
            assert said.count(NOUN) == said.count(COLOUR) == 1, phrase
    several = Coloured('red', TABLE)
    said = spoken_parts(tokenizer, Expression(plural(several), (), 'kind', several), 4)
    assert said == [COLOUR, NOUN, NOUN, NOTHING]


def test_a_phrase_that_is_too_long_is_cut(tokenizer: Tokenizer) -> None:
    assert spoken_parts(tokenizer, Expression('the coffee table', (), 'name', TABLE), 2) == [-1, 0]
