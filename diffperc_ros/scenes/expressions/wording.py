# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a meaning to English words."""

from __future__ import annotations

import numpy as np

from diffperc_ros.scenes.expressions.meaning import Coloured, Extreme, Meaning, Noun

# Before the noun, and after it.
_ORDERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    'leftmost': (('leftmost',), ('on the far left', 'furthest to the left')),
    'rightmost': (('rightmost',), ('on the far right', 'furthest to the right')),
    'nearest': (('nearest', 'closest'), ('closest to the camera', 'nearest to the camera')),
    'farthest': (('farthest', 'most distant'), ('farthest away', 'farthest from the camera')),
    'smallest': (('smallest', 'small', 'little'), ()),
    'largest': (('largest', 'biggest', 'big', 'large'), ()),
    'tallest': (('tallest', 'tall'), ()),
}
_RELATIONS: dict[str, tuple[str, ...]] = {
    'left': ('left of', 'to the left of', 'on the left of'),
    'right': ('right of', 'to the right of', 'on the right of'),
    'front': ('in front of',),
    'behind': ('behind',),
    'on': ('on', 'on top of'),
    'beside': ('next to', 'beside', 'by'),
}
_IRREGULAR = {
    'person': 'people',
    'man': 'men',
    'woman': 'women',
    'child': 'children',
    'shelf': 'shelves',
    'bookshelf': 'bookshelves',
    'knife': 'knives',
    'chest of drawers': 'chests of drawers',
    'row of books': 'rows of books',
}
_HISSING = ('s', 'x', 'ch', 'sh')


def words_of(meaning: Meaning, random: np.random.Generator) -> str:
    """Say a meaning without an article: "red chair left of the table"."""
    if isinstance(meaning, Noun | Coloured):
        return singular_words(meaning)
    if isinstance(meaning, Extreme):
        before, after = _ORDERS[meaning.order]
        choice = int(random.integers(len(before) + len(after)))
        inner = words_of(meaning.of, random)
        if choice < len(before):
            return f'{before[choice]} {inner}'
        return f'{inner} {after[choice - len(before)]}'
    relation = str(random.choice(_RELATIONS[meaning.relation]))
    inner, anchor = words_of(meaning.of, random), words_of(meaning.anchor, random)
    return f'{inner} {relation} the {anchor}'


def singular_words(meaning: Noun | Coloured) -> str:
    """Say one of a kind without an article: "red chair"."""
    if isinstance(meaning, Coloured):
        return f'{meaning.colour} {meaning.of.word}'
    return meaning.word


def plural(meaning: Noun | Coloured) -> str:
    """Say several of a kind: "red chairs"."""
    if isinstance(meaning, Coloured):
        return f'{meaning.colour} {plural(meaning.of)}'
    word = meaning.word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    return word + ('es' if word.endswith(_HISSING) else 's')


def singular(words: str, random: np.random.Generator) -> str:
    """Say that it is one: with or without an article."""
    return f'the {words}' if random.random() < 0.5 else words
