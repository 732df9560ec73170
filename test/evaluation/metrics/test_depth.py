# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.metrics.depth import (
    crop_mask,
    depth_metrics,
    limit_prediction,
    mean_metrics,
    median_scale,
    valid_mask,
)

Depths = NDArray[np.float64]
positive_depths = arrays.arrays(
    np.float64, st.integers(1, 30), elements=st.floats(0.01, 100.0, allow_subnormal=False)
)


def test_a_map_worked_out_by_hand() -> None:
    truth = np.array([[1.0, 2.0, 4.0], [5.0, 8.0, 10.0]])
    prediction = np.array([[2.0, 2.0, 2.0], [5.0, 10.0, 8.0]])
    log = np.log([2.0, 1.0, 0.5, 1.0, 1.25, 0.8])
    measured = asdict(depth_metrics(prediction, truth))
    expected = {
        'abs_rel': (1 + 0 + 0.5 + 0 + 0.25 + 0.2) / 6,
        'sq_rel': (1 + 0 + 1 + 0 + 0.5 + 0.4) / 6,
        'rmse': math.sqrt((1 + 0 + 4 + 0 + 4 + 4) / 6),
        'rmse_log': math.sqrt(2 * (math.log(2) ** 2 + math.log(1.25) ** 2) / 6),
        'log10': 2 * (math.log10(2) + math.log10(1.25)) / 6,
        'silog': 100 * log.std(),
        'silog_loss05': math.sqrt((log**2).mean() - 0.5 * log.mean() ** 2),
        # 1.25 exactly is not below 1.25.
        'delta1': 2 / 6,
        'delta2': 4 / 6,
        'delta3': 4 / 6,
    }
    assert measured == pytest.approx(expected, abs=1e-12)


@given(positive_depths)
def test_a_perfect_prediction(truth: Depths) -> None:
    measured = depth_metrics(truth, truth)
    assert measured.abs_rel == measured.rmse == measured.log10 == measured.silog == 0
    assert measured.delta1 == 1


@given(positive_depths, st.floats(0.1, 10.0))
def test_silog_forgives_a_common_factor(truth: Depths, factor: float) -> None:
    noisy = truth * np.linspace(0.8, 1.3, truth.size)
    one, other = depth_metrics(noisy, truth), depth_metrics(factor * noisy, truth)
    assert other.silog == pytest.approx(one.silog, abs=1e-4)


@given(positive_depths, st.floats(0.1, 10.0))
def test_median_scaling_undoes_a_common_factor(truth: Depths, factor: float) -> None:
    prediction = truth / factor
    assert median_scale(prediction, truth) == pytest.approx(factor, rel=1e-9)


def test_median_scaling_leaves_missing_answers_out() -> None:
    prediction = np.array([1.0, np.nan, np.inf, 3.0])
    truth = np.array([2.0, 50.0, 50.0, 6.0])
    assert median_scale(prediction, truth) == 2.0


def test_images_weigh_the_same_whatever_their_pixels() -> None:
    truth = np.full(10, 2.0)
    exact, off = depth_metrics(truth, truth), depth_metrics(truth[:2] + 1, truth[:2])
    pooled = depth_metrics(np.append(truth, truth[:2] + 1), np.append(truth, truth[:2]))
    assert mean_metrics([exact, off]).rmse == pytest.approx(0.5)
    assert pooled.rmse == pytest.approx(math.sqrt(2 / 12))


@pytest.mark.parametrize(
    ('prediction', 'truth', 'message'),
    [
        (np.ones(0), np.ones(0), 'no pixel'),
        (np.ones(3), np.ones(4), 'shape'),
        (np.array([1.0, np.nan]), np.ones(2), 'prediction holds'),
        (np.array([1.0, 0.0]), np.ones(2), 'prediction holds'),
        (np.ones(2), np.array([1.0, np.inf]), 'ground truth holds'),
    ],
)
def test_what_cannot_be_measured(prediction: Depths, truth: Depths, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        depth_metrics(prediction, truth)


def test_no_image_has_no_mean() -> None:
    with pytest.raises(EvaluationError, match='no image'):
        mean_metrics([])


@pytest.mark.parametrize('prediction', [np.array([np.nan, np.inf]), np.zeros(2)])
def test_no_median_to_scale_by(prediction: Depths) -> None:
    with pytest.raises(EvaluationError, match='median'):
        median_scale(prediction, np.ones(2))


def test_bounds_are_strict_and_missing_depth_never_counts() -> None:
    truth = np.array([[0, 1e-3, 0.002, 9.99, 10, 11, np.nan, np.inf, -np.inf]])
    assert valid_mask(truth).tolist() == [[False, False, True, True] + [False] * 5]


@pytest.mark.parametrize(
    ('crop', 'shape', 'rows', 'columns'),
    [
        ('none', (3, 4), (0, 3), (0, 4)),
        ('nyu_eigen', (480, 640), (45, 471), (41, 601)),
        ('kitti_garg', (375, 1242), (153, 371), (44, 1197)),
        # 143:349 and 43:1172 of the 352x1216 that begin at row 23, column 13.
        ('kitti_garg_kb_crop', (375, 1242), (166, 372), (56, 1185)),
        ('kitti_garg_kb_crop', (352, 1216), (143, 349), (43, 1172)),
        ('kitti_eigen', (375, 1242), (124, 342), (44, 1197)),
    ],
)
def test_published_crops_in_rows_and_columns(
    crop: str, shape: tuple[int, int], rows: tuple[int, int], columns: tuple[int, int]
) -> None:
    mask = crop_mask(shape, crop)
    kept_rows, kept_columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    assert (kept_rows[0], kept_rows[-1] + 1) == rows
    assert (kept_columns[0], kept_columns[-1] + 1) == columns
    assert mask.sum() == (rows[1] - rows[0]) * (columns[1] - columns[0])


def test_eigen_crop_of_nyu_has_its_number_of_pixels() -> None:
    assert valid_mask(np.full((480, 640), 2.0), crop='nyu_eigen').sum() == 426 * 560


@pytest.mark.parametrize(
    ('crop', 'shape'), [('nyu_eigen', (240, 320)), ('kitti_garg_kb_crop', (240, 320))]
)
def test_a_crop_of_another_size_is_refused(crop: str, shape: tuple[int, int]) -> None:
    with pytest.raises(EvaluationError, match=crop):
        crop_mask(shape, crop)


@pytest.mark.parametrize(
    ('as_published', 'expected'),
    [(False, [1e-3, 10, 1e-3, 1e-3, 10, 2]), (True, [1e-3, 10, 10, 0, 12, 2])],
)
def test_predictions_are_brought_into_range(as_published: bool, expected: list[float]) -> None:
    prediction = np.array([np.nan, np.inf, -np.inf, 0, 12, 2])
    before = prediction.copy()
    np.testing.assert_array_equal(
        limit_prediction(prediction, as_published=as_published), expected
    )
    np.testing.assert_array_equal(prediction, before)
