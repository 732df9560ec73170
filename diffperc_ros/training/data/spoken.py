# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which word of a phrase says which part of its meaning."""

from __future__ import annotations

import re

from tokenizers import Tokenizer

from diffperc_ros.scenes.expressions.generate import Expression
from diffperc_ros.scenes.expressions.meaning import Coloured, Related, main_part
from diffperc_ros.scenes.expressions.wording import plural, singular_words
from diffperc_ros.training.data.parts import PARTS

UNSPOKEN = -1
"""Of tokens that say no part: articles, orders, relations, padding."""


def spoken_parts(tokenizer: Tokenizer, expression: Expression, length: int) -> list[int]:
    """Return for every token the number of the part it says, in PARTS, or UNSPOKEN.

    Parameters
    ----------
    tokenizer : of the phrase.
    expression : a phrase and its meaning; an empty one says nothing.
    length : tokens of a phrase, padding included.
    """
    said = [UNSPOKEN] * length
    spans = _spans(expression)
    encoded = tokenizer.encode(expression.phrase, add_special_tokens=False)
    for number, (start, end) in enumerate(encoded.offsets[:length]):
        for part, (first, last) in spans.items():
            if first <= start and end <= last:
                said[number] = PARTS.index(part)
    return said


def _spans(expression: Expression) -> dict[str, tuple[int, int]]:
    """Return part -> first character and the one after the last."""
    phrase, meaning = expression.phrase, expression.meaning
    if meaning is None:
        return {}
    spans = {}
    sought = main_part(meaning)
    colour = sought.colour if isinstance(sought, Coloured) else ''
    for words in (plural(sought), singular_words(sought)):
        # What is sought is said before anything that it could be mistaken for.
        found = re.search(rf'\b{re.escape(words)}\b', phrase)
        if found:
            start, end = found.span()
            spans['noun'] = (start + len(colour), end)
            if colour:
                spans['colour'] = (start, start + len(colour))
            break
    if isinstance(meaning, Related):
        spans['anchor'] = (len(phrase) - len(singular_words(meaning.anchor)), len(phrase))
    return spans
