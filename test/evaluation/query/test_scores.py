# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.core.frame import Stamp
from diffperc_ros.evaluation.query.answers import PhraseMasks
from diffperc_ros.evaluation.query.scores import QueryAccumulator, score_image
from diffperc_ros.evaluation.sources.expressions import Expression
from diffperc_ros.evaluation.sources.references import NamedObjects


def truth(**instances: tuple[int, ...]) -> NamedObjects:
    """Return four rows: the first is instance 1, the second 2, the others none."""
    values = np.zeros((4, 10), np.uint16)
    values[0], values[1] = 1, 2
    expressions = tuple(
        Expression(phrase=phrase, instances=numbers) for phrase, numbers in instances.items()
    )
    return NamedObjects(values, expressions, Stamp(0, 0), '')


def rows(*chosen: int) -> NDArray[np.bool_]:
    mask = np.zeros((4, 10), np.bool_)
    mask[list(chosen)] = True
    return mask


def test_figures_by_hand() -> None:
    accumulator = QueryAccumulator()
    named = truth(chair=(1,), both=(1, 2), ghost=(7,), nothing=())
    answers = PhraseMasks(
        {'chair': rows(0, 2), 'both': rows(0, 1), 'ghost': rows(3), 'nothing': rows()}, {}
    )

    accumulator.add(score_image(answers, named, {'mean_mask': lambda shape: rows(0, 1, 2, 3)}))
    scores = accumulator.result()

    assert (scores.present, scores.absent, scores.images) == (2, 2, 1)
    assert scores.metrics is not None
    assert scores.metrics.overall_iou == pytest.approx((10 + 20) / (20 + 20))
    assert scores.metrics.mean_iou == pytest.approx((0.5 + 1) / 2)
    assert scores.metrics.precision == (1.0, 0.5, 0.5, 0.5, 0.5)
    assert scores.absent_correct == 0.5
    assert scores.missed == 0.0
    assert scores.by_phrase['chair'].mean_iou == 0.5
    assert scores.by_phrase['ghost'].absent_correct == 0.0
    assert scores.baselines['mean_mask'].overall_iou == pytest.approx((10 + 20) / (40 + 40))


def test_a_present_object_that_is_not_found_is_missed() -> None:
    accumulator = QueryAccumulator()

    score = accumulator.add(score_image(PhraseMasks({'chair': rows()}, {}), truth(chair=(1,)), {}))

    assert score is not None
    assert score.mean == 0.0
    assert accumulator.result().missed == 1.0
    assert accumulator.result().absent_correct is None


def test_an_object_of_a_few_pixels_does_not_count() -> None:
    named = truth(chair=(1,), cup=(3,))
    values = np.zeros((200, 200), np.uint16)
    values[0, :50], values[1, :7] = 1, 3
    named = NamedObjects(values, named.expressions, named.stamp, '')
    empty = np.zeros((200, 200), np.bool_)

    score = score_image(PhraseMasks({'chair': empty, 'cup': empty}, {}), named, {})

    assert score is not None
    assert ([sample.phrase for sample in score.samples], score.too_small) == (['chair'], 1)


def test_phrases_that_were_not_looked_for_do_not_count() -> None:
    accumulator = QueryAccumulator()

    assert accumulator.add(score_image(PhraseMasks({}, {}), truth(chair=(1,)), {})) is None
    assert accumulator.without_truth == 1
    with pytest.raises(EvaluationError, match='none of 1 images has a phrase'):
        accumulator.result()


def test_a_mask_is_brought_to_the_size_of_the_truth() -> None:
    small = np.zeros((2, 5), np.bool_)
    small[0] = True

    score = score_image(PhraseMasks({'both': small}, {}), truth(both=(1, 2)), {})

    assert score is not None
    assert score.samples[0].overlap.iou == 1.0
