# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from support.memory_source import Depth, flat

from diffperc_ros.evaluation.depth.protocol import Protocol
from diffperc_ros.evaluation.depth.scores import score_image
from diffperc_ros.evaluation.metrics.pixel_errors import METRICS

PROTOCOL = Protocol('memory', cap=10.0)
DEPTHS = arrays(np.float32, (4, 5), elements=st.floats(0.5, 4.0, width=32))
NAN, INF = np.float32(np.nan), np.float32(np.inf)


def depth(rows: list[list[float]]) -> Depth:
    return np.array(rows, np.float32)


def test_an_example_by_hand() -> None:
    truth = depth([[1.0, 2.0, 4.0, NAN, 0.0, 10.0, INF]])
    prediction = depth([[2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0]])

    score = score_image(prediction, 'metric', truth, PROTOCOL)

    assert (score.truth_pixels, score.answered_pixels, score.coverage) == (3, 3, 1.0)
    assert score.scale == pytest.approx(1.0)
    metric = score.errors['metric'].metrics
    assert metric.abs_rel == pytest.approx((1 + 0 + 0.5) / 3)
    assert metric.rmse == pytest.approx(math.sqrt((1 + 0 + 4) / 3))
    assert metric.delta1 == pytest.approx(1 / 3)


def test_no_answer_lowers_the_coverage_and_beyond_range_is_the_cap() -> None:
    truth = depth([[5.0, 5.0, 5.0, 5.0]])
    prediction = depth([[NAN, 0.0, INF, 5.0]])

    score = score_image(prediction, 'metric', truth, PROTOCOL)

    assert score.coverage == 0.5
    assert score.errors['metric'].metrics.abs_rel == pytest.approx(((10 - 5) / 5 + 0) / 2)


def test_a_prediction_beyond_the_cap_is_clipped_to_it() -> None:
    score = score_image(flat(1000.0), 'metric', flat(5.0), PROTOCOL)

    assert score.errors['metric'].metrics.abs_rel == pytest.approx(1.0)


def test_a_relative_prediction_has_no_metric_errors_anywhere() -> None:
    score = score_image(flat(1.0), 'relative', flat(5.0), PROTOCOL, {'median_depth': flat(2.0)})

    aligned = [score.errors, *score.by_range.values(), *score.by_region.values()]
    aligned += score.baselines.values()
    assert [set(errors) for errors in aligned] == [{'median_scaled'}] * len(aligned)


@pytest.mark.parametrize(
    ('truth', 'prediction', 'truth_pixels'),
    [(flat(NAN), flat(1.0), 0), (flat(50.0), flat(1.0), 0), (flat(2.0), flat(NAN), 24)],
    ids=['truth unknown', 'truth beyond the cap', 'no answer'],
)
def test_an_image_without_a_pixel_to_compare_has_no_errors(
    truth: Depth, prediction: Depth, truth_pixels: int
) -> None:
    score = score_image(prediction, 'metric', truth, PROTOCOL)

    assert (score.truth_pixels, score.answered_pixels, score.errors) == (truth_pixels, 0, {})


def test_parts_hold_their_own_pixels_and_the_scale_of_the_whole() -> None:
    truth = depth([[1.0, 1.0, 3.0, 8.0]])
    prediction = depth([[2.0, 2.0, 6.0, 16.0]])

    score = score_image(prediction, 'metric', truth, PROTOCOL)

    assert {name: part['metric'].pixels for name, part in score.by_range.items()} == {
        '0-2': 2,
        '2-5': 1,
        '5-10': 1,
    }
    assert score.by_range['2-5']['metric'].metrics.abs_rel == pytest.approx(1.0)
    assert score.by_range['2-5']['median_scaled'].metrics.abs_rel == pytest.approx(0.0)


def test_the_prediction_is_brought_to_the_size_of_the_truth() -> None:
    truth = np.repeat(depth([[1.0, 3.0]]), 4, axis=0).repeat(4, axis=1)

    score = score_image(depth([[1.0, 3.0]]), 'metric', truth, PROTOCOL)

    assert score.truth_pixels == truth.size
    # Bilinear: right at the far sides, between the two near the middle.
    assert 0 < score.errors['metric'].metrics.abs_rel < 0.3


def test_baselines_are_measured_on_the_pixels_of_the_prediction() -> None:
    truth = depth([[2.0, 4.0]])
    baseline = {'median_depth': depth([[2.0, 2.0]])}

    everywhere = score_image(depth([[1.0, 1.0]]), 'metric', truth, PROTOCOL, baseline)
    partly = score_image(depth([[1.0, NAN]]), 'metric', truth, PROTOCOL, baseline)

    assert everywhere.baselines['median_depth']['metric'].metrics.abs_rel == pytest.approx(0.25)
    assert partly.baselines['median_depth']['metric'].metrics.abs_rel == pytest.approx(0.0)


@given(DEPTHS)
def test_a_perfect_prediction_has_no_error(truth: Depth) -> None:
    score = score_image(truth, 'metric', truth, PROTOCOL)

    for errors in score.errors.values():
        for name in METRICS:
            expected = 1.0 if name.startswith('delta') else 0.0
            assert getattr(errors.metrics, name) == pytest.approx(expected, abs=1e-4)


@given(DEPTHS, DEPTHS, st.sampled_from([0.25, 0.5, 2.0, 4.0]))
def test_the_scale_of_a_prediction_leaves_its_median_scaled_figures(
    truth: Depth, prediction: Depth, factor: float
) -> None:
    # Powers of two, so that scaling is exact and no pixel crosses a threshold by rounding.
    scores = [
        score_image(values, 'relative', truth, PROTOCOL).errors['median_scaled'].metrics
        for values in (prediction, prediction * np.float32(factor))
    ]

    for name in METRICS:
        assert getattr(scores[0], name) == pytest.approx(getattr(scores[1], name), abs=1e-5)
