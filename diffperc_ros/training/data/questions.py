# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Rendered pictures with phrases about them: what a query network is examined with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.scenes.expressions.generate import Expression, draw_expressions
from diffperc_ros.scenes.expressions.view import View
from diffperc_ros.training.data.dataset import Shard


@dataclass(frozen=True, eq=False)
class Question:
    """One phrase about one picture.

    Parameters
    ----------
    picture : number of the picture in its set.
    expression : the phrase and what it denotes.
    held_out : whether it says a combination of colour and noun that is never trained.
    mask : bool (h, w), where what it denotes is seen.
    """

    picture: int
    expression: Expression
    held_out: bool
    mask: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Examination:
    """One picture, uint8 (h, w, 3) RGB, with its questions."""

    image: NDArray[np.uint8]
    questions: tuple[Question, ...]


def examinations(
    shards: list[Path], phrases: int, pictures: int | None = None, seed: int = 0
) -> Iterator[Examination]:
    """Yield every picture of some shards as it is stored, with questions about it.

    Parameters
    ----------
    shards : folders.
    phrases : questions of each sort (trained and held-out combinations) at most.
    pictures : how many of every shard; None: all.
    seed : of the phrases.
    """
    number = 0
    for folder in shards:
        shard = Shard(folder, ('instance',), objects=True)
        for index in range(min(len(shard), pictures or len(shard))):
            sample = shard[index]
            instances = sample.maps['instance']
            height, width = instances.shape
            view = View(sample.objects, width, height)
            random = np.random.default_rng((seed, number))
            yield Examination(
                sample.image,
                tuple(
                    Question(
                        number, entry, held_out, np.isin(instances, np.array(entry.instances))
                    )
                    for held_out in (False, True)
                    for entry in draw_expressions(view, random, phrases, held_out=held_out)
                ),
            )
            number += 1
