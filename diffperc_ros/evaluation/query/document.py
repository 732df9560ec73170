# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An evaluation of phrases as JSON, in the form that docs/evaluation.md describes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from diffperc_ros.evaluation.depth.document import common_document
from diffperc_ros.evaluation.metrics.referring import THRESHOLDS, ReferringMetrics
from diffperc_ros.evaluation.query.evaluate import QueryEvaluation
from diffperc_ros.evaluation.query.scores import QueryScores


def query_document(evaluation: QueryEvaluation, command: str) -> dict[str, Any]:
    """Return an evaluation as nested dictionaries of JSON's own types.

    Parameters
    ----------
    evaluation : what was found.
    command : the command line that found it.
    """
    scores = evaluation.scores
    sections: dict[str, Any] = {'query': None, 'baselines': {}}
    if scores is not None:
        sections = {
            'query': _query(scores),
            'baselines': {name: _figures(found) for name, found in scores.baselines.items()},
        }
    per_frame = [
        {
            'mean': None if frame.score is None else frame.score.mean,
            'samples': [
                {
                    'phrase': sample.phrase,
                    'present': sample.present,
                    'answered': sample.answered,
                    'iou': sample.overlap.iou if sample.present else None,
                }
                for sample in (frame.score.samples if frame.score else ())
            ],
        }
        for frame in evaluation.frames
    ]
    return common_document(
        'query',
        evaluation,
        evaluation.counts,
        evaluation.protocol,
        command,
        sections,
        per_frame,
    )


def _query(scores: QueryScores) -> dict[str, Any]:
    return {
        **_figures(scores.metrics),
        'missed': scores.missed,
        'present': scores.present,
        'absent': scores.absent,
        'absent_correct': scores.absent_correct,
        'too_small': scores.too_small,
        'by_phrase': {phrase: asdict(found) for phrase, found in scores.by_phrase.items()},
    }


def _figures(metrics: ReferringMetrics | None) -> dict[str, Any]:
    if metrics is None:
        return {'overall_iou': None, 'mean_iou': None, 'precision': None}
    return {
        'overall_iou': metrics.overall_iou,
        'mean_iou': metrics.mean_iou,
        'precision': {
            f'{threshold:g}': share
            for threshold, share in zip(THRESHOLDS, metrics.precision, strict=True)
        },
    }
