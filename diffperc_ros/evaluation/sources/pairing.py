# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which ground truth belongs to which prediction, by stamp."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Pairing:
    """Who found whom.

    Parameters
    ----------
    pairs : (index of the prediction, index of the ground truth), ascending; no index twice.
    unmatched_predictions, unmatched_truths : indices that found nobody, ascending.
    """

    pairs: tuple[tuple[int, int], ...]
    unmatched_predictions: tuple[int, ...]
    unmatched_truths: tuple[int, ...]


def pair_stamps(
    predictions: Sequence[int], truths: Sequence[int], tolerance_ns: int = 0
) -> Pairing:
    """Pair stamps that are equal, or the nearest ones that are at most `tolerance_ns` apart.

    The closest pair of all is made first, then the closest of what is left, so every stamp is
    used at most once; stamps that occur more than once pair in their order of occurrence.

    Parameters
    ----------
    predictions, truths : stamps in nanoseconds, in any order.
    tolerance_ns : largest difference that may be paired, 0 for equal stamps only.
    """
    order = sorted(range(len(truths)), key=lambda index: truths[index])
    ordered = [truths[index] for index in order]
    candidates = [
        (abs(stamp - ordered[place]), prediction, order[place])
        for prediction, stamp in enumerate(predictions)
        for place in range(
            bisect_left(ordered, stamp - tolerance_ns), bisect_right(ordered, stamp + tolerance_ns)
        )
    ]
    taken_predictions: set[int] = set()
    taken_truths: set[int] = set()
    pairs = []
    for _, prediction, truth in sorted(candidates):
        if prediction not in taken_predictions and truth not in taken_truths:
            taken_predictions.add(prediction)
            taken_truths.add(truth)
            pairs.append((prediction, truth))
    return Pairing(
        tuple(sorted(pairs)),
        tuple(index for index in range(len(predictions)) if index not in taken_predictions),
        tuple(index for index in range(len(truths)) if index not in taken_truths),
    )


def nearest_difference(predictions: Sequence[int], truths: Sequence[int]) -> int | None:
    """Return the smallest difference between a prediction and a truth, ns; None without any.

    For the message when nothing could be paired.
    """
    ordered = sorted(truths)
    differences = [
        abs(stamp - ordered[place])
        for stamp in predictions
        for place in (bisect_left(ordered, stamp) - 1, bisect_left(ordered, stamp))
        if 0 <= place < len(ordered)
    ]
    return min(differences, default=None)
