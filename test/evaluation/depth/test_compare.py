# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.memory_source import MemorySource, ScriptedPredictor, flat

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.depth.compare import (
    Comparison,
    ComparisonRow,
    bootstrap_interval,
    compare,
    comparison_document,
)
from diffperc_ros.evaluation.depth.evaluate import evaluate
from diffperc_ros.evaluation.depth.protocol import Protocol
from diffperc_ros.evaluation.depth.results import Evaluation

SOURCE = MemorySource({stamp: flat(2.0) for stamp in (0, 100, 200, 300)})
PROTOCOL = Protocol('memory')


def evaluation(*answers: Any) -> Evaluation:
    return evaluate(SOURCE, ScriptedPredictor(answers), PROTOCOL)


def row(comparison: Comparison, metric: str, alignment: str = 'metric') -> ComparisonRow:
    return next(
        row for row in comparison.rows if (row.metric, row.alignment) == (metric, alignment)
    )


@pytest.mark.parametrize(
    ('first', 'second', 'verdict'),
    [
        ([3.0] * 4, [2.2] * 4, 'second better'),
        ([2.2] * 4, [3.0] * 4, 'first better'),
        ([3.0] * 4, [3.0] * 4, 'not settled'),
        ([3.0, 2.0, 3.0, 2.0], [2.0, 3.0, 2.0, 3.0], 'not settled'),
    ],
)
def test_verdicts(first: list[float], second: list[float], verdict: str) -> None:
    comparison = compare(evaluation(*map(flat, first)), evaluation(*map(flat, second)), ('A', 'B'))

    assert row(comparison, 'abs_rel').verdict == verdict
    assert row(comparison, 'delta1').verdict == verdict


def test_differences_are_paired_means() -> None:
    comparison = compare(evaluation(flat(3.0)), evaluation(flat(2.5)), ('A', 'B'))

    found = row(comparison, 'abs_rel')
    assert (comparison.first, comparison.second, comparison.images) == ('A', 'B', 4)
    assert (found.first, found.second) == (pytest.approx(0.5), pytest.approx(0.25))
    assert (found.difference, found.low, found.high) == (pytest.approx(-0.25),) * 3
    assert row(comparison, 'abs_rel', 'median_scaled').difference == 0.0


def test_only_images_that_both_answered_count() -> None:
    first = evaluation('failed', flat(2.0))
    second = evaluation(flat(4.0), flat(2.0), flat(2.0), 'failed')

    comparison = compare(first, second, ('A', 'B'))

    assert comparison.images == 2
    assert row(comparison, 'abs_rel').second == 0.0


def test_no_common_image_is_an_error() -> None:
    first = evaluation('failed', 'failed', flat(2.0), flat(2.0))
    second = evaluation(flat(2.0), flat(2.0), 'failed', 'failed')

    with pytest.raises(EvaluationError, match='no image'):
        compare(first, second, ('A', 'B'))


@pytest.mark.parametrize(
    'other',
    [
        replace(evaluation(flat(2.0)), protocol=Protocol('memory', cap=5.0)),
        replace(evaluation(flat(2.0)), provenance={'recording': {'sha256': 'another'}}),
    ],
    ids=['other cap', 'other recording'],
)
def test_figures_of_other_rules_are_not_compared(other: Evaluation) -> None:
    with pytest.raises(EvaluationError, match='not compared'):
        compare(evaluation(flat(2.0)), other, ('A', 'B'))


def test_models_with_other_prompts_are_compared() -> None:
    other = replace(evaluation(flat(2.0)), protocol=Protocol('memory', prompt_source='class_mean'))

    assert compare(evaluation(flat(2.0)), other, ('A', 'B')).images == 4


def test_the_interval_is_that_of_the_mean_and_always_the_same() -> None:
    differences = np.random.default_rng(1).normal(0.5, [1.0, 3.0], (400, 2))

    low, high = bootstrap_interval(differences)

    mean, error = differences.mean(axis=0), differences.std(axis=0) / 20
    assert (np.abs(low - (mean - 1.96 * error)) < 0.15 * error).all()
    assert (np.abs(high - (mean + 1.96 * error)) < 0.15 * error).all()
    np.testing.assert_array_equal(bootstrap_interval(differences), (low, high))


def test_the_document_says_how_the_interval_came_to_be() -> None:
    document = comparison_document(
        compare(evaluation(flat(3.0)), evaluation(flat(2.0)), ('A', 'B'))
    )

    assert document['bootstrap'] == {'resamples': 10000, 'seed': 0, 'percentiles': [2.5, 97.5]}
    assert len(document['rows']) == 18
    assert document['rows'][0]['metric'] == 'abs_rel'
