# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An evaluation of masks as JSON, in the form that docs/evaluation.md describes."""

from __future__ import annotations

import math
from typing import Any

from diffperc_ros.evaluation.depth.document import common_document
from diffperc_ros.evaluation.metrics.segmentation import SegmentationMetrics
from diffperc_ros.evaluation.segmentation.evaluate import SegmentationEvaluation


def segmentation_document(evaluation: SegmentationEvaluation, command: str) -> dict[str, Any]:
    """Return an evaluation as nested dictionaries of JSON's own types.

    Parameters
    ----------
    evaluation : what was found.
    command : the command line that found it.
    """
    scores = evaluation.scores
    sections: dict[str, Any] = {'segmentation': None, 'baselines': {}}
    if scores is not None:
        sections = {
            'segmentation': {
                **_figures(scores.metrics, scores.classes),
                'share': dict(zip(scores.classes, scores.shares, strict=True)),
                'coverage': scores.coverage,
            },
            'baselines': {
                name: _figures(metrics, scores.classes)
                for name, metrics in scores.baselines.items()
            },
        }
    per_frame = []
    for frame in evaluation.frames:
        metrics = None if frame.score is None else frame.score.metrics
        per_frame.append(
            {
                'mean_iou': None if metrics is None else metrics.mean_iou,
                'pixel_accuracy': None if metrics is None else metrics.pixel_accuracy,
            }
        )
    return common_document(
        'segmentation',
        evaluation,
        evaluation.counts,
        evaluation.protocol,
        command,
        sections,
        per_frame,
    )


def _figures(metrics: SegmentationMetrics, classes: tuple[str, ...]) -> dict[str, Any]:
    return {
        'mean_iou': metrics.mean_iou,
        'mean_accuracy': metrics.mean_accuracy,
        'pixel_accuracy': metrics.pixel_accuracy,
        'iou': dict(zip(classes, map(_known, metrics.iou), strict=True)),
        'accuracy': dict(zip(classes, map(_known, metrics.accuracy), strict=True)),
    }


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
