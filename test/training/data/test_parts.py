# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What noun, colour and anchor of a phrase mean in a picture of five things."""

from __future__ import annotations

import numpy as np
import pytest

from diffperc_ros.scenes.expressions.meaning import Coloured, Extreme, Meaning, Noun, Related
from diffperc_ros.scenes.expressions.view import View
from diffperc_ros.scenes.objects import VisibleObject
from diffperc_ros.training.data.cells import UNTOLD
from diffperc_ros.training.data.parts import PARTS, part_truths

CHAIR, MUG = Noun('chair'), Noun('mug')
NOTHING = [UNTOLD] * 6


def thing(instance: int, name: str, colour: str | None) -> VisibleObject:
    return VisibleObject(
        instance=instance,
        label='object',
        name=name,
        colour=colour,
        centre=(0.0, 0.0, 2.0),
        box=(0, 0, 9, 9),
        pixels=81,
        size=(0.5, 0.5, 0.5),
        support=None,
        truncated=False,
        visible_share=1.0,
    )


# A yellow chair is one of the combinations that are only asked.
VIEW = View(
    (
        thing(1, 'chair', 'red'),
        thing(2, 'chair', 'yellow'),
        thing(3, 'mug', 'yellow'),
        thing(5, 'mug', None),
        thing(4, 'armchair', 'red'),
    ),
    256,
    192,
)


@pytest.mark.parametrize(
    ('meaning', 'noun', 'colour', 'anchor'),
    [
        # An armchair may be a chair: nobody can say.
        (CHAIR, [-1, 1, 1, 0, -1, 0], NOTHING, NOTHING),
        (Coloured('red', CHAIR), [-1, 1, 1, 0, -1, 0], [-1, 1, -1, 0, 1, -1], NOTHING),
        (Coloured('yellow', MUG), [-1, 0, 0, 1, 0, 1], [-1, 0, -1, 1, 0, -1], NOTHING),
        (Extreme('leftmost', MUG), [-1, 0, 0, 1, 0, 1], NOTHING, NOTHING),
        (
            Related('on', MUG, Coloured('red', CHAIR)),
            [-1, 0, 0, 1, 0, 1],
            NOTHING,
            [-1, 1, 0, 0, -1, 0],
        ),
        (None, NOTHING, NOTHING, NOTHING),
    ],
    ids=str,
)
def test_each_part_is_judged_alone(
    meaning: Meaning | None, noun: list[int], colour: list[int], anchor: list[int]
) -> None:
    table = part_truths(meaning, VIEW, 5)
    assert table.dtype == np.int8
    assert dict(zip(PARTS, table.tolist(), strict=True)) == {
        'noun': noun,
        'colour': colour,
        'anchor': anchor,
    }
