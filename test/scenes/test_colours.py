# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffperc_ros.scenes.colours import (
    COLOURS,
    UNCLEAR,
    lightness_chroma_hue,
    looks_like,
    paint,
    word_of,
)


def linear(hexadecimal: str) -> np.ndarray:
    """Linear RGB of a web colour."""
    encoded = np.array([int(hexadecimal[i : i + 2], 16) for i in (0, 2, 4)]) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize(
    ('web', 'word'),
    [
        ('ff0000', 'red'),
        ('b22222', 'red'),
        ('ff8000', 'orange'),
        ('ffd700', 'yellow'),
        ('006400', 'green'),
        ('00ff00', 'green'),
        ('0000ff', 'blue'),
        ('000080', 'blue'),
        ('8a2be2', 'purple'),
        ('ffc0cb', 'pink'),
        ('ff69b4', 'pink'),
        ('8b4513', 'brown'),
        ('000000', 'black'),
        ('ffffff', 'white'),
        ('808080', 'grey'),
        ('ff4500', None),  # between red and orange
        ('008080', None),  # between green and blue
        ('2f4f4f', None),  # dark slate
        ('c0c0c0', None),  # between grey and white
    ],
)
def test_words_of_web_colours(web: str, word: str | None) -> None:
    found = int(word_of(linear(web)))
    assert (COLOURS[found] if found != UNCLEAR else None) == word


def test_oklab_of_the_primaries() -> None:
    """Values of the table in Ottosson's publication, from XYZ to two or three places."""
    red = lightness_chroma_hue([1.0, 0, 0])
    np.testing.assert_allclose(red, [0.628, 0.258, 29.2], rtol=2e-3)
    white = lightness_chroma_hue([1.0, 1, 1])
    np.testing.assert_allclose(white[:2], [1, 0], atol=1e-6)


@given(st.sampled_from(COLOURS), st.integers(0, 2**32))
def test_paint_is_clearly_its_word_and_looks_like_it(word: str, seed: int) -> None:
    coat = paint(np.random.default_rng(seed), word)
    assert COLOURS[int(word_of(coat))] == word
    assert looks_like(word, coat)
    assert ((coat >= 0.01) & (coat <= 0.95)).all()


@pytest.mark.parametrize(
    ('word', 'web', 'expected'),
    [
        ('red', '901818', True),
        ('red', '180606', False),  # in the dark
        ('red', '909090', False),  # balanced away
        ('white', 'd0d0d0', True),
        ('white', '606060', False),
        ('orange', '8b4513', False),  # passes for brown
        ('black', '303030', True),
        ('black', 'a0a0a0', False),
    ],
)
def test_what_light_may_do_to_a_colour(word: str, web: str, expected: bool) -> None:
    assert looks_like(word, linear(web)) is expected
