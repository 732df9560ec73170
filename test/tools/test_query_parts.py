# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from diffperc_ros.scenes.expressions.generate import Expression
from diffperc_ros.scenes.expressions.meaning import Coloured, Meaning, Noun, Related
from tools.query_parts import agreement, without_colour

CHAIR = Noun('chair')


def test_only_clear_cells_are_counted() -> None:
    told = np.array([[[True, True, True, False]], [[False, False, True, True]]])
    truth = np.array([[[1, 0, -1, 1]], [[-1, -1, -1, 0]]], np.int8)
    assert agreement(told, truth).tolist() == [[1, 2, 2], [0, 1, 0]]


@pytest.mark.parametrize(
    ('phrase', 'meaning', 'asked'),
    [
        ('the red chair', Coloured('red', CHAIR), 'chair'),
        ('red chair on the mat', Related('on', Coloured('red', CHAIR), Noun('mat')), 'chair'),
        ('the chair', CHAIR, 'the chair'),
        ('', None, ''),
    ],
)
def test_colours_are_left_out(phrase: str, meaning: Meaning | None, asked: str) -> None:
    assert without_colour(Expression(phrase, (), 'any', meaning)) == asked
