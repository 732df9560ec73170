# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the parts of a phrase mean, each alone.

Who is only asked for "the yellow cup" and "the red chair" may learn each by heart. Who must also
tell what is a chair and what is yellow, of whatever was said, has what "the yellow chair" needs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.scenes.expressions.held_out import is_combination
from diffperc_ros.scenes.expressions.meaning import (
    Coloured,
    Meaning,
    Related,
    Truth,
    has_colour,
    main_part,
    truths,
)
from diffperc_ros.scenes.expressions.view import View
from diffperc_ros.scenes.objects import VisibleObject
from diffperc_ros.training.data.cells import UNTOLD

PARTS = ('noun', 'colour', 'anchor')
"""What is sought, whatever its colour; its colour, whatever it is; what it is beside or on."""


def part_truths(meaning: Meaning | None, view: View, largest: int) -> NDArray[np.int8]:
    """Return for every part and instance number: 1 true, 0 false, UNTOLD.

    The colour of a thing is kept back where colour and noun are one of the combinations that are
    only asked.

    Parameters
    ----------
    meaning : of the phrase; None says nothing.
    view : the things that are seen.
    largest : instance number in the picture; the answer is (parts, largest + 1).
    """
    table = np.full((len(PARTS), int(largest) + 1), UNTOLD, np.int8)
    if meaning is None:
        return table
    sought = main_part(meaning)
    noun = sought.of if isinstance(sought, Coloured) else sought
    _fill(table[0], truths(noun, view))
    if isinstance(sought, Coloured):
        of_colour = [(item, _told_colour(item, sought.colour)) for item in view.objects]
        _fill(table[1], of_colour)
    if isinstance(meaning, Related):
        _fill(table[2], truths(meaning.anchor, view))
    return table


def _told_colour(item: VisibleObject, colour: str) -> Truth:
    return None if is_combination(item) else has_colour(item, colour)


def _fill(row: NDArray[np.int8], known: list[tuple[VisibleObject, Truth]]) -> None:
    for item, truth in known:
        if truth is not None:
            row[item.instance] = truth
