# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.metrics.referring import (
    MaskOverlap,
    mask_overlap,
    referring_metrics,
)


def test_overlap_by_hand() -> None:
    prediction = np.array([[True, True, False], [False, False, False]])
    truth = np.array([[False, True, True], [False, False, True]])
    assert mask_overlap(prediction, truth) == MaskOverlap(1, 4)


@pytest.mark.parametrize(('overlap', 'iou'), [((3, 4), 0.75), ((0, 5), 0.0), ((0, 0), 0.0)])
def test_iou_of_one_sentence(overlap: tuple[int, int], iou: float) -> None:
    assert MaskOverlap(*overlap).iou == iou


def test_pooled_and_averaged_differ_and_thresholds_are_reached() -> None:
    metrics = referring_metrics([MaskOverlap(1, 2), MaskOverlap(90, 100), MaskOverlap(0, 0)])
    assert metrics.overall_iou == pytest.approx(91 / 102)
    assert metrics.mean_iou == pytest.approx((0.5 + 0.9) / 3)
    assert metrics.precision == pytest.approx((2 / 3, 1 / 3, 1 / 3, 1 / 3, 1 / 3))


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(EvaluationError, match='shape'):
        mask_overlap(np.zeros((2, 2), bool), np.zeros((2, 3), bool))
    with pytest.raises(EvaluationError, match='no sentence'):
        referring_metrics([])
