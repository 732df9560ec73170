# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An evaluation as JSON: a stable interface, described in docs/evaluation.md.

Keys are only ever added. A figure that does not exist is null, never absent and never NaN.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from diffperc_ros.evaluation.depth.accumulate import DepthScores, Figures, PartFigures
from diffperc_ros.evaluation.depth.results import Evaluation
from diffperc_ros.evaluation.depth.scores import METRIC, ImageScore
from diffperc_ros.evaluation.environment import environment
from diffperc_ros.evaluation.metrics.depth import DepthMetrics
from diffperc_ros.evaluation.metrics.pixel_errors import METRICS
from diffperc_ros.evaluation.outcome import FrameCounts, FrameResult, Outcome
from diffperc_ros.evaluation.rules import Rules

FORMAT_VERSION = 1


def evaluation_document(evaluation: Evaluation, command: str) -> dict[str, Any]:
    """Return an evaluation as nested dictionaries of JSON's own types.

    Parameters
    ----------
    evaluation : what was found.
    command : the command line that found it.
    """
    depth = evaluation.depth
    sections = {
        'depth': None if depth is None else _depth(depth),
        'baselines': {}
        if depth is None
        else {name: _figures(figures) for name, figures in depth.baselines.items()},
    }
    return common_document(
        'depth',
        evaluation,
        evaluation.counts,
        evaluation.protocol,
        command,
        sections,
        [_frame(frame) for frame in evaluation.frames],
    )


def common_document(
    task: str,
    outcome: Outcome,
    counts: FrameCounts,
    rules: Rules,
    command: str,
    sections: dict[str, Any],
    per_frame: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return an evaluation of any task as nested dictionaries of JSON's own types.

    Parameters
    ----------
    task : its name.
    outcome, counts, rules : what was found, of what, by which rules.
    command : the command line that found it.
    sections : the task's own figures.
    per_frame : the task's own figures of every frame of `outcome`.
    """
    return {
        'format': FORMAT_VERSION,
        'task': task,
        'frames': asdict(counts),
        **sections,
        'latency_ms': _latency(outcome),
        'notes': list(outcome.notes),
        'per_frame': [
            {
                'stamp_ns': frame.stamp,
                'latency_ms': frame.latency_ms,
                'problem': frame.problem or None,
                **figures,
            }
            for frame, figures in zip(outcome.frames, per_frame, strict=True)
        ],
        'provenance': {
            'protocol': asdict(rules),
            **outcome.provenance,
            **environment(),
            'command': command,
        },
    }


def document_text(document: dict[str, Any]) -> str:
    """Return a document as the text of a JSON file."""
    return json.dumps(document, indent=2, allow_nan=False) + '\n'


def metric_values(metrics: DepthMetrics) -> dict[str, float]:
    """Return the reported metrics by name."""
    return {name: getattr(metrics, name) for name in METRICS}


def _depth(depth: DepthScores) -> dict[str, Any]:
    return {
        **_figures(depth.figures),
        'metric_reason': None
        if depth.figures[METRIC]
        else 'no prediction is metric: without usable intrinsics depth is right up to scale only',
        'pooled': _figures(depth.pooled),
        'by_range': _parts(depth.by_range),
        'by_region': _parts(depth.by_region),
        'coverage': depth.coverage,
        'median_scale': depth.median_scale,
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        alignment: None if metrics is None else metric_values(metrics)
        for alignment, metrics in figures.items()
    }


def _parts(parts: dict[str, PartFigures]) -> dict[str, Any]:
    return {
        name: {'pixels': part.pixels, 'share': part.share, **_figures(part.figures)}
        for name, part in parts.items()
    }


def _latency(outcome: Outcome) -> dict[str, float | int | None]:
    latencies = outcome.latencies_ms
    if latencies.size == 0:
        return {'p50': None, 'p95': None, 'mean': None, 'frames': 0}
    return {
        'p50': float(np.percentile(latencies, 50)),
        'p95': float(np.percentile(latencies, 95)),
        'mean': float(latencies.mean()),
        'frames': int(latencies.size),
    }


def _frame(frame: FrameResult[ImageScore]) -> dict[str, Any]:
    score = frame.score
    return {
        'coverage': None if score is None else score.coverage,
        'scale': None if score is None or math.isnan(score.scale) else score.scale,
        **{
            alignment: metric_values(score.errors[alignment].metrics)
            if score and alignment in score.errors
            else None
            for alignment in ('metric', 'median_scaled')
        },
    }
