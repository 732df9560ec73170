# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two models on the same images: paired differences and how sure they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.pixel_errors import HIGHER_IS_BETTER, METRICS
from diffperc_ros.evaluation.protocol import Protocol
from diffperc_ros.evaluation.results import Evaluation, FrameResult
from diffperc_ros.evaluation.scores import ALIGNMENTS, ImageScore

RESAMPLES = 10_000
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
    rows = []
    for alignment in ALIGNMENTS:
        both = [
            (ours.errors[alignment].metrics, theirs.errors[alignment].metrics)
            for ours, theirs in pairs
            if alignment in ours.errors and alignment in theirs.errors
        ]
        for metric in METRICS if both else ():
            values = np.array([[getattr(metrics, metric) for metrics in pair] for pair in both])
            rows.append(_row(alignment, metric, len(both), values[:, 0], values[:, 1]))
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


def bootstrap_interval(differences: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 95 % interval of the mean of paired differences (n,), by resampling images.

    The seed is fixed: the same differences give the same interval. Images of one recording
    resemble each other, so the interval is too narrow for other places.
    """
    generator = np.random.default_rng(SEED)
    count = differences.size
    means = np.array(
        [differences[generator.integers(0, count, count)].mean() for _ in range(RESAMPLES)]
    )
    low, high = np.percentile(means, INTERVAL)
    return float(low), float(high)


def _row(
    alignment: str,
    metric: str,
    images: int,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
) -> ComparisonRow:
    differences = second - first
    low, high = bootstrap_interval(differences)
    verdict: Verdict = 'not settled'
    if low > 0 or high < 0:
        second_wins = (low > 0) == (metric in HIGHER_IS_BETTER)
        verdict = 'second better' if second_wins else 'first better'
    return ComparisonRow(
        alignment,
        metric,
        images,
        float(first.mean()),
        float(second.mean()),
        float(differences.mean()),
        low,
        high,
        verdict,
    )


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


def _scored(frames: Sequence[FrameResult]) -> dict[tuple[int, int], ImageScore]:
    """Return the scores by stamp; equal stamps are told apart by their order."""
    seen: Counter[int] = Counter()
    scores = {}
    for frame in frames:
        if frame.score is not None:
            scores[frame.stamp, seen[frame.stamp]] = frame.score
        seen[frame.stamp] += 1
    return scores
