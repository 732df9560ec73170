# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffperc_ros.evaluation.sources.pairing import nearest_difference, pair_stamps

STAMPS = st.lists(st.integers(0, 50), max_size=12)


@pytest.mark.parametrize(
    ('predictions', 'truths', 'tolerance', 'pairs'),
    [
        ([], [], 0, []),
        ([1, 2, 3], [1, 2, 3], 0, [(0, 0), (1, 1), (2, 2)]),
        ([1, 2, 3], [2], 0, [(1, 0)]),
        ([10, 20], [11, 19], 0, []),
        ([10, 20], [11, 19], 1, [(0, 0), (1, 1)]),
        ([10], [9, 10, 11], 5, [(0, 1)]),
        ([10, 12], [11], 1, [(0, 0)]),  # As near: the earlier prediction has it.
        ([9, 12], [11], 5, [(1, 0)]),  # The nearer one has it, though it comes later.
        ([5, 5], [5, 5], 0, [(0, 0), (1, 1)]),  # Stamps that occur twice pair in order.
        ([5, 5], [5], 0, [(0, 0)]),
        ([30, 10, 20], [20, 30, 10], 0, [(0, 1), (1, 2), (2, 0)]),
        ([10], [15], 5, [(0, 0)]),  # The tolerance itself still pairs.
        ([10], [16], 5, []),
    ],
)
def test_pairs_of_a_table(
    predictions: list[int], truths: list[int], tolerance: int, pairs: list[tuple[int, int]]
) -> None:
    found = pair_stamps(predictions, truths, tolerance)

    assert list(found.pairs) == pairs
    assert set(found.unmatched_predictions) == set(range(len(predictions))) - {p for p, _ in pairs}
    assert set(found.unmatched_truths) == set(range(len(truths))) - {t for _, t in pairs}


@given(STAMPS, STAMPS, st.integers(0, 10))
def test_every_stamp_is_used_once_and_none_is_left_that_could_pair(
    predictions: list[int], truths: list[int], tolerance: int
) -> None:
    found = pair_stamps(predictions, truths, tolerance)

    used_predictions = [prediction for prediction, _ in found.pairs]
    used_truths = [truth for _, truth in found.pairs]
    assert sorted([*used_predictions, *found.unmatched_predictions]) == [*range(len(predictions))]
    assert sorted([*used_truths, *found.unmatched_truths]) == [*range(len(truths))]
    assert all(abs(predictions[p] - truths[t]) <= tolerance for p, t in found.pairs)
    assert not any(
        abs(predictions[p] - truths[t]) <= tolerance
        for p in found.unmatched_predictions
        for t in found.unmatched_truths
    )


@given(STAMPS, STAMPS)
def test_the_nearest_difference_is_the_smallest_of_all(
    predictions: list[int], truths: list[int]
) -> None:
    differences = [abs(p - t) for p in predictions for t in truths]

    assert nearest_difference(predictions, truths) == min(differences, default=None)
