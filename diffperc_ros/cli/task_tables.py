# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Evaluations of every task as tables for a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from diffperc_ros.cli.tables import print_evaluation, print_rest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from diffperc_ros.evaluation.by_task import Result
    from diffperc_ros.evaluation.metrics.referring import ReferringMetrics
    from diffperc_ros.evaluation.query.evaluate import QueryEvaluation
    from diffperc_ros.evaluation.query.scores import QueryScores
    from diffperc_ros.evaluation.segmentation.evaluate import SegmentationEvaluation
    from diffperc_ros.evaluation.segmentation.scores import SegmentationScores


def print_result(result: Result) -> None:
    """Print an evaluation of any task."""
    show: dict[str, Callable[[Any], None]] = {
        'depth': print_evaluation,
        'segmentation': print_segmentation,
        'query': print_query,
    }
    show[result.task](result.outcome)


def print_segmentation(evaluation: SegmentationEvaluation) -> None:
    """Print the protocol, the figures beside the baselines, every class, counts and notes."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(f'Protocol: {evaluation.protocol.line()}')
    if evaluation.scores is not None:
        console.print(_segmentation_table(evaluation.scores))
        console.print(
            f'{evaluation.scores.images} images evaluated; a class for '
            f'{evaluation.scores.coverage:.1%} of the labelled pixels'
        )
    print_rest(console, evaluation, evaluation.counts, 'masks')


def print_query(evaluation: QueryEvaluation) -> None:
    """Print the protocol, the figures beside the baselines, every phrase, counts and notes."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(f'Protocol: {evaluation.protocol.line()}')
    scores = evaluation.scores
    if scores is not None:
        if scores.metrics is not None:
            console.print(_query_table(scores.metrics, scores.baselines))
        console.print(_phrase_table(scores))
        console.print(
            f'{scores.images} images evaluated; {scores.present} phrases whose object is there, '
            f'{_share(scores.missed)} of them not found; {scores.absent} whose object is not '
            f'there, {_share(scores.absent_correct)} of them rightly not found; '
            f'{scores.too_small} left out, their object having too few pixels'
        )
    print_rest(console, evaluation, evaluation.counts, 'masks of instances')


def _segmentation_table(scores: SegmentationScores) -> Table:
    table = Table('')
    for name in ('model', *scores.baselines, 'accuracy', 'of pixels'):
        table.add_column(name, justify='right')
    columns = [scores.metrics, *scores.baselines.values()]
    for name in ('mean_iou', 'mean_accuracy', 'pixel_accuracy'):
        table.add_row(name, *(_number(getattr(column, name)) for column in columns), '', '')
    table.add_section()
    for place, name in enumerate(scores.classes):
        cells = [_number(column.iou[place]) for column in columns]
        accuracy, share = scores.metrics.accuracy[place], scores.shares[place]
        table.add_row(f'iou {name}', *cells, _number(accuracy), f'{share:.1%}')
    return table


def _query_table(model: ReferringMetrics, baselines: Mapping[str, ReferringMetrics]) -> Table:
    from diffperc_ros.evaluation.metrics.referring import THRESHOLDS

    table = Table('')
    columns = [model, *baselines.values()]
    for name in ('model', *baselines):
        table.add_column(name, justify='right')
    for name in ('overall_iou', 'mean_iou'):
        table.add_row(name, *(_number(getattr(column, name)) for column in columns))
    for place, threshold in enumerate(THRESHOLDS):
        cells: Sequence[str] = [_number(column.precision[place]) for column in columns]
        table.add_row(f'P@{threshold:g}', *cells)
    return table


def _phrase_table(scores: QueryScores) -> Table:
    table = Table('phrase')
    for name in ('there', 'mean_iou', 'not there', 'rightly not found'):
        table.add_column(name, justify='right')
    for phrase, found in scores.by_phrase.items():
        table.add_row(
            phrase,
            str(found.present),
            '-' if found.mean_iou is None else _number(found.mean_iou),
            str(found.absent),
            _share(found.absent_correct),
        )
    return table


def _number(value: float) -> str:
    return '-' if math.isnan(value) else f'{value:.3f}'


def _share(value: float | None) -> str:
    return '-' if value is None else f'{value:.1%}'
