# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from support.memory_source import Depth, flat

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.depth.accumulate import DepthAccumulator
from diffperc_ros.evaluation.depth.protocol import Protocol
from diffperc_ros.evaluation.depth.scores import ImageScore, score_image

PROTOCOL = Protocol('memory')
NOTHING = flat(np.nan)


def score(prediction: Depth, truth: Depth, kind: str = 'metric') -> ImageScore:
    return score_image(prediction, 'metric' if kind == 'metric' else 'relative', truth, PROTOCOL)


def test_images_count_the_same_whatever_their_size() -> None:
    accumulator = DepthAccumulator()
    accumulator.add(score(flat(2.0, 1, 1), flat(1.0, 1, 1)))  # abs_rel 1
    accumulator.add(score(flat(1.0, 1, 3), flat(1.0, 1, 3)))  # abs_rel 0

    depth = accumulator.result()

    assert depth.figures['metric'].abs_rel == pytest.approx(0.5)  # type: ignore[union-attr]
    assert depth.pooled['metric'].abs_rel == pytest.approx(0.25)  # type: ignore[union-attr]
    assert (depth.images, depth.metric_images, depth.coverage) == (2, 2, 1.0)
    assert depth.median_scale == pytest.approx(0.75)


def test_images_without_truth_are_skipped_and_those_without_answer_lower_the_coverage() -> None:
    accumulator = DepthAccumulator()

    assert accumulator.add(score(flat(1.0), NOTHING)) is None
    assert accumulator.add(score(NOTHING, flat(1.0))) is None
    assert accumulator.add(score(flat(1.0), flat(1.0))) is not None

    assert (accumulator.without_truth, accumulator.without_answer) == (1, 1)
    depth = accumulator.result()
    assert (depth.images, depth.coverage) == (1, 0.5)


def test_metric_and_relative_images_are_not_mixed() -> None:
    accumulator = DepthAccumulator()
    accumulator.add(score(flat(2.0), flat(1.0)))
    accumulator.add(score(flat(5.0), flat(1.0), 'relative'))

    depth = accumulator.result()

    assert (depth.images, depth.metric_images) == (2, 1)
    assert depth.figures['metric'].abs_rel == pytest.approx(1.0)  # type: ignore[union-attr]
    assert depth.figures['median_scaled'].abs_rel == 0.0  # type: ignore[union-attr]


def test_without_metric_images_there_is_no_metric_figure() -> None:
    accumulator = DepthAccumulator()
    accumulator.add(score(flat(5.0), flat(1.0), 'relative'))

    depth = accumulator.result()

    assert depth.figures['metric'] is None
    assert depth.pooled['metric'] is None


def test_every_part_is_there_and_shares_add_up() -> None:
    accumulator = DepthAccumulator()
    truth = np.array([[1.0, 3.0, 7.0, 9.0]], np.float32)
    accumulator.add(score(truth, truth))

    depth = accumulator.result()

    shares = {name: part.share for name, part in depth.by_range.items()}
    assert shares == {'0-2': 0.25, '2-5': 0.25, '5-10': 0.5, '10+': 0.0}
    assert depth.by_range['10+'].figures == {'metric': None, 'median_scaled': None}
    assert sum(part.pixels for part in depth.by_region.values()) == 4


def test_nothing_that_counts_is_an_error_that_says_why() -> None:
    accumulator = DepthAccumulator()
    accumulator.add(score(flat(1.0), NOTHING))

    with pytest.raises(EvaluationError, match='1 have no valid ground truth'):
        accumulator.result()
