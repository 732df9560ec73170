# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.metrics.segmentation import (
    confusion_matrix,
    drop_zero_label,
    segmentation_metrics,
)

LABEL = np.array([[0, 0, 1], [1, 255, 255]])
PREDICTION = np.array([[0, 1, 1], [1, 3, 0]])


def test_by_hand() -> None:
    metrics = segmentation_metrics(confusion_matrix(PREDICTION, LABEL, 4))
    assert metrics.iou[:2] == pytest.approx((1 / 2, 2 / 3))
    # What is predicted only where nothing is labelled does not occur.
    assert all(math.isnan(value) for value in metrics.iou[2:])
    assert metrics.accuracy[:2] == (0.5, 1.0)
    assert metrics.mean_iou == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert metrics.mean_accuracy == 0.75
    assert metrics.pixel_accuracy == 0.75


def test_a_class_that_is_only_predicted_counts_in_the_mean() -> None:
    confusion = confusion_matrix(np.array([0, 2]), np.array([0, 0]), 3)
    metrics = segmentation_metrics(confusion)
    assert metrics.iou[2] == 0
    assert metrics.mean_iou == pytest.approx(0.25)
    assert metrics.mean_accuracy == 0.5


def test_images_are_pooled_before_classes_are_averaged() -> None:
    generator = np.random.default_rng(0)
    predictions, labels = generator.integers(0, 5, (2, 3, 4, 6), dtype=np.uint8)
    parts = sum(confusion_matrix(p, t, 5) for p, t in zip(predictions, labels, strict=True))
    np.testing.assert_array_equal(parts, confusion_matrix(predictions, labels, 5))


def test_counts_beyond_a_byte_and_classes_near_the_end_of_it() -> None:
    label = np.full(300, 149, np.uint8)
    confusion = confusion_matrix(label, label, 150)
    assert confusion[149, 149] == confusion.sum() == 300


@pytest.mark.parametrize(
    ('prediction', 'label', 'message'),
    [
        ([[0, 1]], [0, 1], "the label's size"),
        ([0, 3], [0, 1], 'the prediction has classes from 0 to 3; there are 3'),
        ([0, 1], [0, -1], 'the label has classes from -1'),
    ],
)
def test_what_cannot_be_compared_is_refused(prediction: Any, label: Any, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        confusion_matrix(np.array(prediction), np.array(label), 3)


def test_no_labels_give_no_number() -> None:
    ignored = np.full((2, 2), 255)
    with pytest.raises(EvaluationError, match='no pixel is labelled'):
        segmentation_metrics(confusion_matrix(np.zeros((2, 2), int), ignored, 2))


def test_the_first_annotation_is_other() -> None:
    annotation = np.array([0, 1, 150, 255], np.uint8)
    assert drop_zero_label(annotation).tolist() == [255, 0, 149, 255]
    assert annotation.tolist() == [0, 1, 150, 255]
