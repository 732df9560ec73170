# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Referring segmentation: one sample is one sentence about one image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import EvaluationError

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class MaskOverlap:
    """Pixels that a predicted and a true mask share, and that either has."""

    intersection: int
    union: int

    @property
    def iou(self) -> float:
        """Intersection over union; 0 where both masks are empty, as published."""
        return self.intersection / self.union if self.union else 0.0


@dataclass(frozen=True)
class ReferringMetrics:
    """Metrics over the sentences of a set, shares in [0, 1] (VPD's and LAVT's definitions).

    Parameters
    ----------
    overall_iou : all intersections over all unions (oIoU), which large objects dominate.
    mean_iou : mean over sentences (mIoU).
    precision : for each of `THRESHOLDS`, share of the sentences whose IoU reaches it.
    """

    overall_iou: float
    mean_iou: float
    precision: tuple[float, ...]


def mask_overlap(prediction: NDArray[np.bool_], truth: NDArray[np.bool_]) -> MaskOverlap:
    """Compare two masks of one shape.

    Raises
    ------
    EvaluationError : the shapes differ.
    """
    if prediction.shape != truth.shape:
        raise EvaluationError(
            f'the predicted mask has shape {prediction.shape}, the true one {truth.shape}; '
            'bring them to one size'
        )
    return MaskOverlap(
        int(np.count_nonzero(prediction & truth)), int(np.count_nonzero(prediction | truth))
    )


def referring_metrics(overlaps: Sequence[MaskOverlap]) -> ReferringMetrics:
    """Return the metrics over all sentences.

    Raises
    ------
    EvaluationError : no sentences.
    """
    if not overlaps:
        raise EvaluationError('there is no sentence, so nothing can be measured')
    ious = np.array([overlap.iou for overlap in overlaps])
    pooled = MaskOverlap(
        sum(overlap.intersection for overlap in overlaps),
        sum(overlap.union for overlap in overlaps),
    )
    return ReferringMetrics(
        overall_iou=pooled.iou,
        mean_iou=float(ious.mean()),
        precision=tuple(float((ious >= threshold).mean()) for threshold in THRESHOLDS),
    )
