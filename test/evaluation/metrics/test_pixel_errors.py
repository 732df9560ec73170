# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.metrics.depth import DepthMetrics, depth_metrics
from diffperc_ros.evaluation.metrics.pixel_errors import (
    HIGHER_IS_BETTER,
    LOWER_IS_BETTER,
    METRICS,
    mean_over_images,
    pixel_errors,
    pool_over_pixels,
)

DEPTHS = arrays(np.float64, st.integers(1, 8), elements=st.floats(0.1, 10.0))


@given(st.lists(st.tuples(DEPTHS, DEPTHS), min_size=1, max_size=4))
def test_pooled_parts_equal_one_image_of_all_their_pixels(
    parts: list[tuple[np.ndarray, np.ndarray]],
) -> None:
    parts = [(p[: min(len(p), len(g))], g[: min(len(p), len(g))]) for p, g in parts]
    whole = depth_metrics(*(np.concatenate(side) for side in zip(*parts, strict=True)))

    pooled = pool_over_pixels([pixel_errors(prediction, truth) for prediction, truth in parts])

    for field in fields(DepthMetrics):
        expected = getattr(whole, field.name)
        assert getattr(pooled, field.name) == pytest.approx(expected, rel=1e-6, abs=2e-5)


def test_images_weigh_the_same_and_pixels_weigh_the_same() -> None:
    small = pixel_errors(np.array([2.0]), np.array([1.0]))  # abs_rel 1, rmse 1
    large = pixel_errors(np.full(3, 1.0), np.full(3, 1.0))  # all 0

    assert mean_over_images([small, large]).abs_rel == pytest.approx(0.5)
    assert pool_over_pixels([small, large]).abs_rel == pytest.approx(0.25)
    assert mean_over_images([small, large]).rmse == pytest.approx(0.5)
    assert pool_over_pixels([small, large]).rmse == pytest.approx(0.5)  # sqrt(1 / 4)


def test_no_pixels_are_no_figure() -> None:
    with pytest.raises(EvaluationError):
        pixel_errors(np.array([]), np.array([]))


def test_every_reported_metric_has_a_direction_and_exists() -> None:
    assert len(set(METRICS)) == 9
    assert set(METRICS) == {*LOWER_IS_BETTER, *HIGHER_IS_BETTER}
    assert set(METRICS) <= {field.name for field in fields(DepthMetrics)}
