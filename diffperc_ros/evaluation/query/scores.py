# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From the masks of many phrases to the figures of a recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.metrics.referring import (
    MaskOverlap,
    ReferringMetrics,
    mask_overlap,
    referring_metrics,
)
from diffperc_ros.evaluation.query.answers import MaskBaseline, PhraseMasks
from diffperc_ros.evaluation.sources.references import NamedObjects
from diffperc_ros.perception.query import SMALLEST_SHARE

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Sample:
    """One phrase about one image.

    Parameters
    ----------
    phrase : what was looked for.
    present : whether an object it means is in the image.
    answered : whether anything was found.
    overlap : of what was found with what is there.
    baselines : baseline -> overlap of its answer.
    """

    phrase: str
    present: bool
    answered: bool
    overlap: MaskOverlap
    baselines: Mapping[str, MaskOverlap]

    @property
    def value(self) -> float:
        """IoU of a present object; of an absent one, 1 if nothing was found and else 0."""
        return self.overlap.iou if self.present else float(not self.answered)


@dataclass(frozen=True)
class ImageScore:
    """The phrases about one image.

    Parameters
    ----------
    samples : those that count, at least one.
    too_small : phrases whose object is in the image with so few pixels that no answer could be
        expected; they do not count.
    """

    samples: tuple[Sample, ...]
    too_small: int

    @property
    def mean(self) -> float:
        """Mean value of the samples."""
        return sum(sample.value for sample in self.samples) / len(self.samples)


@dataclass(frozen=True)
class PhraseScore:
    """One phrase over all images: how often its object was there, and how it was answered."""

    present: int
    mean_iou: float | None
    absent: int
    absent_correct: float | None


@dataclass(frozen=True)
class QueryScores:
    """The figures of a recording.

    Parameters
    ----------
    images : how many were scored.
    present : samples whose object is there; `metrics` and `missed` are over these.
    metrics : None where no object is there.
    missed : share of them for which nothing was found.
    absent : samples whose object is not there.
    absent_correct : share of these for which nothing was found; None without any.
    too_small : samples left out, their object having too few pixels.
    by_phrase : phrase -> its figures.
    baselines : baseline -> metrics over the same samples.
    """

    images: int
    present: int
    metrics: ReferringMetrics | None
    missed: float | None
    absent: int
    absent_correct: float | None
    too_small: int
    by_phrase: Mapping[str, PhraseScore]
    baselines: Mapping[str, ReferringMetrics]


def score_image(
    answers: PhraseMasks, truth: NamedObjects, baselines: Mapping[str, MaskBaseline]
) -> ImageScore | None:
    """Compare the masks of one frame with its objects.

    Parameters
    ----------
    answers : masks of any size; brought to that of the truth by the nearest pixel. A phrase
        without an answer does not count.
    truth : instances and expressions.
    baselines : name -> answer for a size.

    Returns
    -------
    None where no phrase counts.
    """
    height, width = truth.instances.shape
    fixed = {name: answer((height, width)) for name, answer in baselines.items()}
    samples, too_small = [], 0
    for expression in truth.expressions:
        if expression.phrase not in answers.masks:
            continue
        there = truth.mask(expression)
        pixels = int(there.sum())
        if 0 < pixels < SMALLEST_SHARE * there.size:
            too_small += 1
            continue
        found = _fitted(answers.masks[expression.phrase], (height, width))
        samples.append(
            Sample(
                phrase=expression.phrase,
                present=pixels > 0,
                answered=bool(found.any()),
                overlap=mask_overlap(found, there),
                baselines={name: mask_overlap(mask, there) for name, mask in fixed.items()},
            )
        )
    return ImageScore(tuple(samples), too_small) if samples else None


class QueryAccumulator:
    """Collects samples; a few numbers each, no pixels."""

    def __init__(self) -> None:
        self.without_truth = 0
        """Images about which no phrase counts: skipped."""
        self._scores: list[ImageScore] = []

    def add(self, score: ImageScore | None) -> ImageScore | None:
        """Add an image and return its score."""
        if score is None:
            self.without_truth += 1
        else:
            self._scores.append(score)
        return score

    def result(self) -> QueryScores:
        """Return the figures over all samples.

        Raises
        ------
        EvaluationError : no sample counts.
        """
        samples = [sample for score in self._scores for sample in score.samples]
        if not samples:
            raise EvaluationError(
                f'none of {self.without_truth} images has a phrase that counts: their objects '
                'are too small, or a replay looked for other phrases'
            )
        present = [sample for sample in samples if sample.present]
        absent = [sample for sample in samples if not sample.present]
        names = sorted({name for sample in samples for name in sample.baselines})
        phrases = sorted({sample.phrase for sample in samples})
        return QueryScores(
            images=len(self._scores),
            present=len(present),
            metrics=_metrics([sample.overlap for sample in present]),
            missed=_share([not sample.answered for sample in present]),
            absent=len(absent),
            absent_correct=_share([not sample.answered for sample in absent]),
            too_small=sum(score.too_small for score in self._scores),
            by_phrase={
                phrase: _of_phrase([one for one in samples if one.phrase == phrase])
                for phrase in phrases
            },
            baselines={
                name: referring_metrics([sample.baselines[name] for sample in present])
                for name in names
                if present
            },
        )


def _of_phrase(samples: Sequence[Sample]) -> PhraseScore:
    present = [sample.overlap.iou for sample in samples if sample.present]
    absent = [not sample.answered for sample in samples if not sample.present]
    mean_iou = sum(present) / len(present) if present else None
    return PhraseScore(len(present), mean_iou, len(absent), _share(absent))


def _metrics(overlaps: Sequence[MaskOverlap]) -> ReferringMetrics | None:
    return referring_metrics(overlaps) if overlaps else None


def _share(facts: Sequence[bool]) -> float | None:
    return sum(facts) / len(facts) if facts else None


def _fitted(mask: Mask, shape: tuple[int, int]) -> Mask:
    if mask.shape == shape:
        return mask
    size, values = (shape[1], shape[0]), mask.astype(np.uint8)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_NEAREST_EXACT) > 0)
