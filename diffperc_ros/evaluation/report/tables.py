# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The figures of an evaluation as rows of text, each judged beside its baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from diffperc_ros.evaluation.depth.accumulate import DepthScores, PartFigures
from diffperc_ros.evaluation.depth.document import metric_values
from diffperc_ros.evaluation.metrics.pixel_errors import HIGHER_IS_BETTER, METRICS

MEANINGS = {
    'abs_rel': ('AbsRel', 'mean relative error'),
    'sq_rel': ('SqRel', 'mean squared error over depth, m'),
    'rmse': ('RMSE', 'root mean square error, m'),
    'rmse_log': ('RMSE log', 'of the natural logarithm'),
    'log10': ('log10', 'mean error of the decimal logarithm'),
    'silog': ('SILog', 'error of the logarithm whatever the scale, x100'),
    'delta1': ('\u03b4 < 1.25', 'share of pixels within 25%'),
    'delta2': ('\u03b4 < 1.25\u00b2', 'share of pixels within 56%'),
    'delta3': ('\u03b4 < 1.25\u00b3', 'share of pixels within 95%'),
}
"""Metric -> its name in papers, and in words."""

PART_METRICS = ('abs_rel', 'rmse', 'delta1')
"""Metrics shown for parts of the image; the JSON document has all."""

Judgement = Literal['better', 'worse', 'equal', '']


@dataclass(frozen=True)
class MetricRow:
    """One metric: model, pooled, baselines, and how the model compares with the best of them.

    Parameters
    ----------
    judgement : 'better' or 'worse' than the best baseline, 'equal' when the difference rounds to
        nothing, '' without baselines.
    verdict : the same in words, with by how much.
    """

    name: str
    meaning: str
    higher_is_better: bool
    model: str
    pooled: str
    baselines: tuple[str, ...]
    judgement: Judgement
    verdict: str


@dataclass(frozen=True)
class MetricTable:
    """All metrics under one alignment."""

    baselines: tuple[str, ...]
    rows: tuple[MetricRow, ...]


@dataclass(frozen=True)
class PartRow:
    """One part of the images; figures are '-' where it has no pixels."""

    name: str
    share: str
    figures: tuple[str, ...]


def metric_table(depth: DepthScores, alignment: str) -> MetricTable | None:
    """Return the table of an alignment, or None where there are no such figures."""
    model, pooled = depth.figures[alignment], depth.pooled[alignment]
    if model is None or pooled is None:
        return None
    baselines = {
        name: metric_values(figures)
        for name, aligned in depth.baselines.items()
        if (figures := aligned[alignment]) is not None
    }
    ours, over_pixels = metric_values(model), metric_values(pooled)
    rows = []
    for name in METRICS:
        others = [figures[name] for figures in baselines.values()]
        judgement, verdict = _judge(name, ours[name], others)
        title, meaning = MEANINGS[name]
        rows.append(
            MetricRow(
                name=title,
                meaning=meaning,
                higher_is_better=name in HIGHER_IS_BETTER,
                model=_number(ours[name]),
                pooled=_number(over_pixels[name]),
                baselines=tuple(_number(other) for other in others),
                judgement=judgement,
                verdict=verdict,
            )
        )
    return MetricTable(tuple(baselines), tuple(rows))


def part_rows(parts: dict[str, PartFigures], alignment: str) -> list[PartRow]:
    """Return a row per part with the figures of `PART_METRICS`."""
    rows = []
    for name, part in parts.items():
        metrics = part.figures[alignment]
        values = None if metrics is None else metric_values(metrics)
        figures = tuple('-' if values is None else _number(values[key]) for key in PART_METRICS)
        rows.append(PartRow(name, f'{part.share:.1%}', figures))
    return rows


def _judge(metric: str, ours: float, others: list[float]) -> tuple[Judgement, str]:
    if not others:
        return '', ''
    if metric in HIGHER_IS_BETTER:
        gain = ours - max(others)
        amount, nothing = f'{abs(gain):.1%} of pixels', '0.0% of pixels'
    else:
        gain = min(others) - ours
        amount, nothing = f'{abs(gain) / max(min(others), 1e-9):.0%}', '0%'
    if amount == nothing:
        return 'equal', 'equal'
    judgement: Judgement = 'better' if gain > 0 else 'worse'
    return judgement, f'{judgement} by {amount}'


def _number(value: float) -> str:
    return f'{value:.3f}' if value < 100 else f'{value:.1f}'
