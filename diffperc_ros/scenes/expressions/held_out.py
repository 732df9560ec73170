# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Colours and nouns whose combination is never trained, only asked.

Each colour is known from other things and each thing in other colours. A network that finds a
"blue chair" has understood the two words, since it never read them together. No synonym helps
either: whatever may be called a chair counts.
"""

from __future__ import annotations

from diffperc_ros.scenes.expressions.meaning import Meaning, coloured_nouns
from diffperc_ros.scenes.expressions.nouns import reach, share_things
from diffperc_ros.scenes.objects import VisibleObject

HELD_OUT = (
    ('blue', 'chair'),
    ('yellow', 'chair'),
    ('green', 'sofa'),
    ('brown', 'sofa'),
    ('red', 'table'),
    ('white', 'table'),
    ('orange', 'cabinet'),
    ('purple', 'bed'),
    ('grey', 'box'),
    ('pink', 'box'),
    ('yellow', 'lamp'),
    ('green', 'book'),
    ('red', 'bottle'),
    ('black', 'bookcase'),
)


def is_held_out(meaning: Meaning) -> bool:
    """Whether a phrase with this meaning says one of the combinations."""
    return any(
        said.colour == colour and share_things(said.of.word, noun)
        for said in coloured_nouns(meaning)
        for colour, noun in HELD_OUT
    )


def is_combination(item: VisibleObject) -> bool:
    """Whether a thing has the colour of a combination and surely is what its noun says."""
    return any(
        item.colour == colour and item.name in reach(noun).surely for colour, noun in HELD_OUT
    )
