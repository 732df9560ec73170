# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.segmentation.matching import match_labels
from diffperc_ros.evaluation.segmentation.scores import (
    SegmentationAccumulator,
    fit_to_label,
    score_image,
)

MATCH = match_labels({1: 'floor', 2: 'wall', 3: 'chair'}, ('floor', 'wall', 'chair'), {})
NONE, IGNORED = 3, 255


def row(*numbers: int) -> NDArray[np.uint8]:
    return np.array([numbers], np.uint8)


def test_figures_by_hand() -> None:
    accumulator = SegmentationAccumulator(MATCH.classes)

    accumulator.add(score_image(row(0, 0, 1, 0), row(0, 0, 0, IGNORED), MATCH, {}))
    accumulator.add(score_image(row(1, NONE), row(1, 1), MATCH, {}))
    scores = accumulator.result()

    assert scores.images == 2
    # floor: 2 shared of 3; wall: 1 shared of 3; chair occurs nowhere.
    assert scores.metrics.iou[:2] == pytest.approx((2 / 3, 1 / 3))
    assert math.isnan(scores.metrics.iou[2])
    assert scores.metrics.mean_iou == pytest.approx(0.5)
    assert scores.metrics.accuracy[:2] == pytest.approx((2 / 3, 1 / 2))
    assert scores.metrics.pixel_accuracy == pytest.approx(3 / 5)
    assert scores.shares == pytest.approx((3 / 5, 2 / 5, 0))
    assert scores.coverage == pytest.approx(4 / 5)


def test_pixels_are_pooled_before_the_mean() -> None:
    accumulator = SegmentationAccumulator(MATCH.classes)
    accumulator.add(score_image(row(0), row(0), MATCH, {}))
    accumulator.add(score_image(row(1, 1, 1), row(0, 0, 0), MATCH, {}))

    assert accumulator.result().metrics.iou[0] == pytest.approx(1 / 4)


def test_baselines_are_measured_on_the_same_pixels() -> None:
    accumulator = SegmentationAccumulator(MATCH.classes)
    baseline = {'majority_map': row(0, 0)}

    accumulator.add(score_image(row(0, 1), row(0, 1), MATCH, baseline))
    accumulator.add(score_image(row(0, 0), row(0, IGNORED), MATCH, baseline))

    assert accumulator.result().baselines['majority_map'].pixel_accuracy == pytest.approx(2 / 3)


def test_an_image_without_labels_is_counted_and_skipped() -> None:
    accumulator = SegmentationAccumulator(MATCH.classes)

    assert accumulator.add(score_image(row(0), row(IGNORED), MATCH, {})) is None
    assert accumulator.without_truth == 1
    with pytest.raises(EvaluationError, match='none of 1 masks has a pixel'):
        accumulator.result()


def test_a_mask_is_brought_to_the_size_of_its_label_by_the_nearest_pixel() -> None:
    mask = np.array([[0, 2], [1, 3]], np.uint8)

    assert fit_to_label(mask, (4, 4)).tolist() == [
        [0, 0, 2, 2],
        [0, 0, 2, 2],
        [1, 1, 3, 3],
        [1, 1, 3, 3],
    ]
    assert fit_to_label(mask, (2, 2)) is mask
