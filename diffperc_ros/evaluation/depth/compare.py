# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two models on the same images: paired differences and how sure they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.depth.protocol import Protocol
from diffperc_ros.evaluation.depth.results import Evaluation
from diffperc_ros.evaluation.depth.scores import ALIGNMENTS, ImageScore
from diffperc_ros.evaluation.metrics.depth import DepthMetrics
from diffperc_ros.evaluation.metrics.pixel_errors import HIGHER_IS_BETTER, METRICS
from diffperc_ros.evaluation.outcome import FrameResult

RESAMPLES = 10_000
PORTION = 1_000
SEED = 0
INTERVAL = (2.5, 97.5)
"""Percentiles of the interval."""

Verdict = Literal['first better', 'second better', 'not settled']


@dataclass(frozen=True)
class ComparisonRow:
    """One metric of two models, over the images that both answered.

    Parameters
    ----------
    images : how many both have this alignment for.
    first, second : mean over images.
    difference : second - first.
    low, high : 95 % bootstrap interval of the difference.
    verdict : 'not settled' when the interval holds 0.
    """

    alignment: str
    metric: str
    images: int
    first: float
    second: float
    difference: float
    low: float
    high: float
    verdict: Verdict


@dataclass(frozen=True)
class Comparison:
    """Two models compared.

    Parameters
    ----------
    first, second : names.
    images : how many both have figures for.
    rows : alignment by alignment, metric by metric.
    """

    first: str
    second: str
    protocol: Protocol
    images: int
    rows: tuple[ComparisonRow, ...]


def compare(first: Evaluation, second: Evaluation, names: tuple[str, str]) -> Comparison:
    """Compare two evaluations of one source.

    Parameters
    ----------
    first, second : evaluations of the same frames under the same protocol, prompts aside.
    names : what to call the two.

    Raises
    ------
    EvaluationError : other protocols, other recordings, or no image that both have a figure for.
    """
    _check_comparable(first, second)
    ours_by_stamp, theirs_by_stamp = _scored(first.frames), _scored(second.frames)
    pairs = [
        (ours, theirs_by_stamp[key])
        for key, ours in ours_by_stamp.items()
        if key in theirs_by_stamp
    ]
    if not pairs:
        raise EvaluationError('no image has figures for both models, so they cannot be compared')
    rows: list[ComparisonRow] = []
    for alignment in ALIGNMENTS:
        both = [
            (ours.errors[alignment].metrics, theirs.errors[alignment].metrics)
            for ours, theirs in pairs
            if alignment in ours.errors and alignment in theirs.errors
        ]
        rows += _rows(alignment, both) if both else ()
    return Comparison(names[0], names[1], first.protocol, len(pairs), tuple(rows))


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as nested dictionaries of JSON's own types."""
    return {
        'first': comparison.first,
        'second': comparison.second,
        'images': comparison.images,
        'bootstrap': {'resamples': RESAMPLES, 'seed': SEED, 'percentiles': list(INTERVAL)},
        'rows': [asdict(row) for row in comparison.rows],
    }


def bootstrap_interval(
    differences: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 95 % interval of the mean of paired differences, by resampling images.

    The seed is fixed: the same differences give the same interval. Images of one recording
    resemble each other, so the interval is too narrow for other places.

    Parameters
    ----------
    differences : (images, metrics).

    Returns
    -------
    low, high : (metrics,) each.
    """
    generator = np.random.default_rng(SEED)
    count = len(differences)
    chances = np.full(count, 1 / count)
    # How often each image is drawn; in portions, to bound the memory for long recordings.
    means = [
        generator.multinomial(count, chances, size=PORTION) @ differences / count
        for _ in range(RESAMPLES // PORTION)
    ]
    low, high = np.percentile(np.concatenate(means), INTERVAL, axis=0)
    return low, high


def _rows(
    alignment: str, both: Sequence[tuple[DepthMetrics, DepthMetrics]]
) -> Iterator[ComparisonRow]:
    """Compare metric by metric over at least one image."""
    values = np.array(
        [[[getattr(metrics, name) for name in METRICS] for metrics in pair] for pair in both]
    )
    first, second = values[:, 0], values[:, 1]
    low, high = bootstrap_interval(second - first)
    for place, metric in enumerate(METRICS):
        yield ComparisonRow(
            alignment=alignment,
            metric=metric,
            images=len(both),
            first=float(first[:, place].mean()),
            second=float(second[:, place].mean()),
            difference=float((second - first)[:, place].mean()),
            low=float(low[place]),
            high=float(high[place]),
            verdict=_verdict(metric, float(low[place]), float(high[place])),
        )


def _verdict(metric: str, low: float, high: float) -> Verdict:
    if low <= 0 <= high:
        return 'not settled'
    return 'second better' if (low > 0) == (metric in HIGHER_IS_BETTER) else 'first better'


def _check_comparable(first: Evaluation, second: Evaluation) -> None:
    rules = [asdict(evaluation.protocol) for evaluation in (first, second)]
    for rule in rules:
        rule.pop('prompt_source')
    digests = [evaluation.provenance['recording']['sha256'] for evaluation in (first, second)]
    if rules[0] != rules[1] or digests[0] != digests[1]:
        raise EvaluationError(
            'figures of different recordings or protocols are not compared: '
            f'{first.protocol.line()} | {second.protocol.line()}'
        )


def _scored(frames: Sequence[FrameResult[ImageScore]]) -> dict[tuple[int, int], ImageScore]:
    """Return the scores by stamp; equal stamps are told apart by their order."""
    seen: Counter[int] = Counter()
    scores = {}
    for frame in frames:
        if frame.score is not None:
            scores[frame.stamp, seen[frame.stamp]] = frame.score
        seen[frame.stamp] += 1
    return scores
