# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From the masks of many images to the figures of a recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.metrics.segmentation import (
    SegmentationMetrics,
    confusion_matrix,
    segmentation_metrics,
)
from diffperc_ros.evaluation.segmentation.matching import LabelMatch

Confusion = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ImageScore:
    """Pixels of one image by true (row) and predicted (column) class, the last one being 'none'.

    Parameters
    ----------
    confusion : (classes + 1, classes + 1), at least one labelled pixel.
    baselines : baseline -> the same for its answer.
    """

    confusion: Confusion
    baselines: Mapping[str, Confusion]

    @property
    def metrics(self) -> SegmentationMetrics:
        """Metrics of this image alone."""
        return _metrics(self.confusion)


@dataclass(frozen=True)
class SegmentationScores:
    """The figures of a recording.

    Parameters
    ----------
    images : how many were scored.
    classes : names, in the order of the metrics' tuples.
    metrics : over all pixels of all images.
    shares : of the labelled pixels, by true class.
    coverage : share of the labelled pixels for which there was a class.
    baselines : baseline -> the same metrics.
    """

    images: int
    classes: tuple[str, ...]
    metrics: SegmentationMetrics
    shares: tuple[float, ...]
    coverage: float
    baselines: Mapping[str, SegmentationMetrics]


def score_image(
    answer: NDArray[np.uint8],
    label: NDArray[np.uint8],
    match: LabelMatch,
    baselines: Mapping[str, NDArray[np.uint8]],
) -> ImageScore | None:
    """Compare one mask with its labels.

    Parameters
    ----------
    answer : (h, w) of `LabelMatch.answers`; brought to the label's size by the nearest pixel.
    label : (H, W) of `LabelMatch.labels`.
    match : what the numbers mean.
    baselines : name -> numbers (any size), compared in the same way.

    Returns
    -------
    None where no pixel is labelled.
    """
    size = len(match.classes) + 1
    confusion = confusion_matrix(fit_to_label(answer, label.shape), label, size)
    if not confusion.any():
        return None
    return ImageScore(
        confusion,
        {
            name: confusion_matrix(fit_to_label(values, label.shape), label, size)
            for name, values in baselines.items()
        },
    )


def fit_to_label(values: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Bring numbers (h, w) to another shape by the nearest pixel."""
    if values.shape == shape:
        return values
    size = (shape[1], shape[0])
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)


class SegmentationAccumulator:
    """Adds up the confusion of images; no pixels are kept.

    Parameters
    ----------
    classes : names, without 'none'.
    """

    def __init__(self, classes: tuple[str, ...]) -> None:
        self.without_truth = 0
        """Images without a labelled pixel: skipped."""
        self._classes = classes
        self._images = 0
        self._confusion = np.zeros((len(classes) + 1,) * 2, np.int64)
        self._baselines: dict[str, Confusion] = {}

    def add(self, score: ImageScore | None) -> ImageScore | None:
        """Add an image and return its score."""
        if score is None:
            self.without_truth += 1
            return None
        self._images += 1
        self._confusion += score.confusion
        for name, confusion in score.baselines.items():
            self._baselines[name] = self._baselines.get(name, 0) + confusion
        return score

    def result(self) -> SegmentationScores:
        """Return the figures over all images.

        Raises
        ------
        EvaluationError : no image has a labelled pixel.
        """
        if not self._images:
            raise EvaluationError(
                f'none of {self.without_truth} masks has a pixel of a class that counts; check '
                'the label map'
            )
        labelled = self._confusion.sum(axis=1)
        total = int(labelled.sum())
        return SegmentationScores(
            images=self._images,
            classes=self._classes,
            metrics=_metrics(self._confusion),
            shares=tuple((labelled[:-1] / total).tolist()),
            coverage=float(1 - self._confusion[:, -1].sum() / total),
            baselines={name: _metrics(confusion) for name, confusion in self._baselines.items()},
        )


def _metrics(confusion: Confusion) -> SegmentationMetrics:
    """Return the metrics of the classes; 'none' is an answer but no class."""
    found = segmentation_metrics(confusion)
    return SegmentationMetrics(
        mean_iou=float(np.nanmean(found.iou[:-1])),
        mean_accuracy=float(np.nanmean(found.accuracy[:-1])),
        pixel_accuracy=found.pixel_accuracy,
        iou=found.iou[:-1],
        accuracy=found.accuracy[:-1],
    )
