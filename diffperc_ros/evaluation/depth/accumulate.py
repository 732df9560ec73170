# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Many images' scores become the figures of a recording."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.depth.scores import ALIGNMENTS, METRIC, Aligned, ImageScore
from diffperc_ros.evaluation.metrics.depth import DepthMetrics
from diffperc_ros.evaluation.metrics.pixel_errors import (
    PixelErrors,
    mean_over_images,
    pool_over_pixels,
)
from diffperc_ros.evaluation.metrics.regions import RANGES

REGIONS = ('border', 'centre')

Figures = dict[str, DepthMetrics | None]
"""Alignment -> metrics; None where no image has this alignment."""


@dataclass(frozen=True)
class PartFigures:
    """Errors of one part of all images, pooled over its pixels.

    Parameters
    ----------
    pixels : in this part, with ground truth and an answer.
    share : of all such pixels.
    """

    pixels: int
    share: float
    figures: Figures


@dataclass(frozen=True)
class DepthScores:
    """The depth figures of a recording.

    Parameters
    ----------
    images : how many were scored.
    metric_images : how many of them have metric depth.
    figures : mean over images of equal weight, the papers' way.
    pooled : the same over all pixels as if they were one image.
    by_range, by_region : part -> figures pooled over pixels.
    baselines : baseline -> mean over images, on the same pixels.
    coverage : share of the pixels with ground truth for which there was an answer.
    median_scale : median over images of median(truth) / median(prediction).
    """

    images: int
    metric_images: int
    figures: Figures
    pooled: Figures
    by_range: dict[str, PartFigures]
    by_region: dict[str, PartFigures]
    baselines: dict[str, Figures]
    coverage: float
    median_scale: float


class DepthAccumulator:
    """Collects the scores of images one by one; a few numbers an image are kept, no pixels."""

    def __init__(self) -> None:
        self.without_truth = 0
        """Images without a pixel of valid ground truth: skipped."""
        self.without_answer = 0
        """Images with ground truth for none of whose pixels there was an answer: no errors, but
        they lower the coverage."""
        self._scores: list[ImageScore] = []
        self._unanswered_pixels = 0

    def add(self, score: ImageScore) -> ImageScore | None:
        """Add an image; return its score if it counts, None otherwise."""
        if not score.truth_pixels:
            self.without_truth += 1
        elif not score.answered_pixels:
            self.without_answer += 1
            self._unanswered_pixels += score.truth_pixels
        else:
            self._scores.append(score)
            return score
        return None

    def result(self) -> DepthScores:
        """Return the figures over all images that count.

        Raises
        ------
        EvaluationError : no image counts.
        """
        scores = self._scores
        if not scores:
            raise EvaluationError(
                'no image has both valid ground truth and an answer: '
                f'{self.without_truth} have no valid ground truth, {self.without_answer} no '
                'answer; check the depth topic, its unit and the cap'
            )
        answered = sum(score.answered_pixels for score in scores)
        truth = sum(score.truth_pixels for score in scores) + self._unanswered_pixels
        whole = [score.errors for score in scores]
        names = sorted({name for score in scores for name in score.baselines})
        return DepthScores(
            images=len(scores),
            metric_images=sum(METRIC in errors for errors in whole),
            figures=_figures(whole, mean_over_images),
            pooled=_figures(whole, pool_over_pixels),
            by_range=_parts(RANGES, [score.by_range for score in scores], answered),
            by_region=_parts(REGIONS, [score.by_region for score in scores], answered),
            baselines={
                name: _figures(
                    [score.baselines[name] for score in scores if name in score.baselines],
                    mean_over_images,
                )
                for name in names
            },
            coverage=answered / truth,
            median_scale=statistics.median(score.scale for score in scores),
        )


def _figures(
    images: Sequence[Aligned], combine: Callable[[Sequence[PixelErrors]], DepthMetrics]
) -> Figures:
    figures: Figures = {}
    for alignment in ALIGNMENTS:
        errors = [image[alignment] for image in images if alignment in image]
        figures[alignment] = combine(errors) if errors else None
    return figures


def _parts(
    names: Iterable[str],
    images: Sequence[dict[str, Aligned]],
    answered: int,
) -> dict[str, PartFigures]:
    parts = {}
    for name in names:
        errors = [image[name] for image in images if name in image]
        pixels = sum(next(iter(aligned.values())).pixels for aligned in errors)
        parts[name] = PartFigures(pixels, pixels / answered, _figures(errors, pool_over_pixels))
    return parts
