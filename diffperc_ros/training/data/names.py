# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What things are called and which colour they have, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from diffperc_ros.scenes.colours import COLOURS
from diffperc_ros.scenes.expressions.held_out import is_combination
from diffperc_ros.scenes.expressions.nouns import WORDS, reach
from diffperc_ros.scenes.objects import VisibleObject
from diffperc_ros.training.data.augment import Random, Sample
from diffperc_ros.training.data.cells import UNTOLD, middles
from diffperc_ros.training.data.dataset import Item

NAMES = tuple(sorted({name for word in WORDS for name in reach(word).surely}))
"""Names of things that phrases speak of."""
NAMED = len(NAMES) + len(COLOURS)
"""How many names and colours are told apart."""


def name_target(sample: Sample, random: Random) -> Item:
    """`name`, `colour` int64 (H/8, W/8), UNTOLD where unclear, and `weight` float32 (H/8, W/8).

    What a cell shows is what is in its middle. Every thing weighs as much as the root of its
    cells, or walls would be all that counts. The colour is kept back where colour and noun are
    one of the combinations that are only asked.
    """
    del random
    cells = middles(np.asarray(sample.maps['instance']))
    counts = np.bincount(cells.ravel(), minlength=1)
    names, colours = _numbers(sample.objects, len(counts))
    return {
        'name': torch.from_numpy(names[cells]),
        'colour': torch.from_numpy(colours[cells]),
        'weight': torch.from_numpy((1 / np.sqrt(counts[cells])).astype(np.float32)),
    }


def _numbers(
    objects: Sequence[VisibleObject], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers of name and colour of every instance below `count`."""
    names = np.full(count, UNTOLD, np.int64)
    colours = np.full(count, UNTOLD, np.int64)
    for item in objects:
        if item.instance < count:
            if item.name in NAMES:
                names[item.instance] = NAMES.index(item.name)
            if item.colour is not None and not is_combination(item):
                colours[item.instance] = COLOURS.index(item.colour)
    return names, colours
