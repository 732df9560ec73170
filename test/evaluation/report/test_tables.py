# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from support.memory_source import flat

from diffperc_ros.evaluation.depth.accumulate import DepthAccumulator, DepthScores
from diffperc_ros.evaluation.depth.protocol import Protocol
from diffperc_ros.evaluation.depth.scores import score_image
from diffperc_ros.evaluation.report.tables import MetricRow, metric_table, part_rows


def scores(prediction: float, *baselines: float, kind: str = 'metric') -> DepthScores:
    accumulator = DepthAccumulator()
    maps = {f'baseline{index}': flat(value) for index, value in enumerate(baselines)}
    accumulator.add(
        score_image(
            flat(prediction),
            'metric' if kind == 'metric' else 'relative',
            flat(1.0),
            Protocol('memory'),
            maps,
        )
    )
    return accumulator.result()


def first_row(depth: DepthScores) -> MetricRow:
    table = metric_table(depth, 'metric')
    assert table is not None
    return table.rows[0]


@pytest.mark.parametrize(
    ('prediction', 'baselines', 'judgement', 'verdict'),
    [
        (1.1, (1.5, 1.2), 'better', 'better by 50%'),
        (1.3, (1.5, 1.2), 'worse', 'worse by 50%'),
        (1.2, (1.5, 1.2), 'equal', 'equal'),
        (1.2, (), '', ''),
    ],
)
def test_the_model_is_judged_by_the_best_baseline(
    prediction: float, baselines: tuple[float, ...], judgement: str, verdict: str
) -> None:
    row = first_row(scores(prediction, *baselines))

    assert (row.name, row.judgement, row.verdict) == ('AbsRel', judgement, verdict)
    assert len(row.baselines) == len(baselines)


def test_more_is_better_for_shares() -> None:
    table = metric_table(scores(1.1, 1.5), 'metric')

    assert table is not None
    row = next(row for row in table.rows if row.higher_is_better)
    assert (row.model, row.judgement, row.verdict) == (
        '1.000',
        'better',
        'better by 100.0% of pixels',
    )


def test_a_perfect_baseline_is_no_division_by_zero() -> None:
    assert first_row(scores(1.5, 1.0)).judgement == 'worse'


def test_relative_depth_has_no_metric_table() -> None:
    assert metric_table(scores(1.5, kind='relative'), 'metric') is None


def test_parts_without_pixels_show_no_figures() -> None:
    rows = {row.name: row for row in part_rows(scores(1.5).by_range, 'metric')}

    assert (rows['0-2'].share, rows['0-2'].figures[0]) == ('100.0%', '0.500')
    assert rows['5-10'].figures == ('-', '-', '-')
