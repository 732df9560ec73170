# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Evaluations and comparisons as tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from diffperc_ros.evaluation.depth.scores import ALIGNMENTS
from diffperc_ros.evaluation.metrics.pixel_errors import HIGHER_IS_BETTER, METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diffperc_ros.evaluation.depth.accumulate import DepthScores
    from diffperc_ros.evaluation.depth.compare import Comparison, ComparisonRow
    from diffperc_ros.evaluation.depth.results import Evaluation
    from diffperc_ros.evaluation.outcome import FrameCounts, Outcome

TITLES = {'metric': 'metric', 'median_scaled': 'median-scaled'}


def print_evaluation(evaluation: Evaluation) -> None:
    """Print the protocol, the figures beside the baselines, counts and notes."""
    console = Console(soft_wrap=True, highlight=False)
    counts = evaluation.counts
    console.print(f'Protocol: {evaluation.protocol.line()}', markup=False)
    if evaluation.depth is not None:
        for alignment in ALIGNMENTS:
            console.print(_figures_table(evaluation.depth, alignment))
        console.print(
            f'{counts.evaluated} images evaluated ({counts.metric} metric); answers for '
            f'{evaluation.depth.coverage:.1%} of the pixels with ground truth; '
            f'true / predicted median {evaluation.depth.median_scale:.3f}'
        )
    more = f', without answer {counts.without_answer}'
    print_rest(console, evaluation, counts, 'depth images', more)


def print_rest(
    console: Console, outcome: Outcome, counts: FrameCounts, truths: str, more: str = ''
) -> None:
    """Print what follows the figures of any task: counts, latency, notes."""
    console.print(
        f'unmatched: {counts.unmatched_prediction} predictions, {counts.unmatched_truth} '
        f'{truths}; left out {counts.left_out}, failed {counts.failed}, without ground truth '
        f'{counts.without_truth}{more}'
    )
    if outcome.latencies_ms.size:
        console.print(f'latency: {_latency(outcome)}')
    for note in outcome.notes:
        console.print(f'note: {note}', markup=False)


def print_comparison(comparison: Comparison) -> None:
    """Print two models' figures side by side with their paired difference."""
    console = Console(soft_wrap=True, highlight=False)
    console.print(f'Protocol: {comparison.protocol.line()}', markup=False)
    console.print(f'first: {comparison.first}', f'second: {comparison.second}', sep='\n')
    for alignment in ALIGNMENTS:
        rows = [row for row in comparison.rows if row.alignment == alignment]
        if rows:
            console.print(_comparison_table(TITLES[alignment], rows))
    console.print(
        f'{comparison.images} images evaluated with both; the interval is a bootstrap over these '
        'images and says nothing about other scenes.'
    )


def _figures_table(depth: DepthScores, alignment: str) -> Table:
    columns = {
        'model': depth.figures[alignment],
        'over pixels': depth.pooled[alignment],
        **{name: figures[alignment] for name, figures in depth.baselines.items()},
    }
    table = Table(TITLES[alignment])
    for name in columns:
        table.add_column(name, justify='right')
    for metric in METRICS:
        values = [
            '-' if metrics is None else f'{getattr(metrics, metric):.3f}'
            for metrics in columns.values()
        ]
        table.add_row(_label(metric), *values)
    return table


def _comparison_table(title: str, rows: Sequence[ComparisonRow]) -> Table:
    table = Table(title)
    for name in ('first', 'second', 'difference', '95% interval'):
        table.add_column(name, justify='right', no_wrap=True)
    table.add_column()
    for row in rows:
        table.add_row(
            _label(row.metric),
            f'{row.first:.3f}',
            f'{row.second:.3f}',
            f'{row.difference:+.3f}',
            f'{row.low:+.3f} .. {row.high:+.3f}',
            row.verdict,
        )
    return table


def _label(metric: str) -> str:
    return f'{metric} {"^" if metric in HIGHER_IS_BETTER else "v"}'


def _latency(outcome: Outcome) -> str:
    import numpy as np

    p50, p95 = np.percentile(outcome.latencies_ms, [50, 95])
    return f'median {p50:.1f} ms, 95% within {p95:.1f} ms'
