# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.training.calibrate_query import EMPTY_SHARE, score_threshold


@pytest.mark.parametrize(
    ('scores', 'expected'),
    [
        ([0.0] * 20, 0.0),
        ([0.0] * 95 + [0.9] * 5, 0.0),
        ([0.5] * 10 + [0.604] * 10, 0.605),
        ([index / 100 for index in range(50, 91)], 0.851),
    ],
)
def test_the_wanted_share_of_absent_things_is_not_found(
    scores: list[float], expected: float
) -> None:
    threshold = score_threshold(scores)
    assert threshold == pytest.approx(expected)
    kept = [score for score in scores if score > 0 and score >= threshold]
    assert len(kept) <= (1 - EMPTY_SHARE) * len(scores)


@pytest.mark.parametrize(('scores', 'words'), [([], 'no phrase'), ([0.995] * 5, 'train more')])
def test_what_cannot_be_calibrated_is_said(scores: list[float], words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        score_threshold(scores)
