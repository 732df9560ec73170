# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the page says in sentences: the result in one line, key facts, and how to read figures."""

from __future__ import annotations

import numpy as np

from diffperc_ros.evaluation.depth.accumulate import DepthScores
from diffperc_ros.evaluation.depth.results import Evaluation
from diffperc_ros.evaluation.depth.scores import MEDIAN_SCALED, METRIC

ALIGNMENT_MEANINGS = {
    METRIC: 'The depth as it was computed, in metres: what a robot gets.',
    MEDIAN_SCALED: (
        'Each image times one factor that makes its median right: the shape of the scene alone, '
        'whatever its size. Not what a robot gets.'
    ),
}

READING = (
    'The recorded depth is a measurement too: consumer depth cameras are wrong by a few per cent '
    'of the distance, more at edges and on shiny or dark surfaces. Smaller differences are not '
    'errors of the model.',
    'Metric depth from one picture rests on the focal length of the camera and on the usual sizes '
    'of things. Where both are plain the scale holds; in unusual scenes it is the first thing to '
    'go, and the median-scaled figures tell what is left.',
    'Figures of one recording are no promise for another place: look at the pictures.',
    'Depth of this kind is not a safety function.',
)
NO_TRUTH = (
    'This recording holds no depth to compare with: nothing here says how right the depth is, '
    'only what it looks like and how long it took.'
)
RELATIVE = (
    'Without usable intrinsics of the camera, depth is right up to one unknown factor per image; '
    'such depth is never called metric.'
)


def headline(evaluation: Evaluation) -> str:
    """Return the result in a sentence or two."""
    depth = evaluation.depth
    if depth is None:
        return NO_TRUTH
    metric, scaled = depth.figures[METRIC], depth.figures[MEDIAN_SCALED]
    sentences = []
    if metric is not None:
        sentences.append(
            f'Metric depth is off by {metric.abs_rel:.0%} of the distance on average.'
        )
    if scaled is not None:
        sentences.append(
            f'With the scale of each image set right it is off by {scaled.abs_rel:.0%}'
            f'{_against_baselines(depth, scaled.abs_rel)}.'
        )
    return ' '.join(sentences)


def facts(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Return (figure, what it is), for the tiles at the top."""
    tiles = []
    depth = evaluation.depth
    if depth is not None:
        for alignment, title in ((METRIC, 'metric'), (MEDIAN_SCALED, 'median-scaled')):
            metrics = depth.figures[alignment]
            if metrics is not None:
                tiles.append((f'{metrics.abs_rel:.3f}', f'AbsRel, {title}'))
                tiles.append((f'{metrics.delta1:.1%}', f'pixels within 25%, {title}'))
        tiles.append((f'{depth.median_scale:.2f}', 'true / predicted median'))
        tiles.append((str(depth.images), 'images evaluated'))
    else:
        tiles.append((str(len(evaluation.frames)), 'frames'))
    latencies = evaluation.latencies_ms
    if latencies.size:
        tiles.append((f'{np.median(latencies):.0f} ms', 'a frame, median'))
    return tiles


def reading(evaluation: Evaluation) -> list[str]:
    """Return the remarks that belong to every such page, and those this one needs."""
    some_relative = any(exhibit.prediction.kind == 'relative' for exhibit in evaluation.exhibits)
    return ([RELATIVE] if some_relative else []) + list(READING)


def _against_baselines(depth: DepthScores, abs_rel: float) -> str:
    others = [
        figures.abs_rel
        for aligned in depth.baselines.values()
        if (figures := aligned[MEDIAN_SCALED]) is not None
    ]
    if not others:
        return ''
    return f'; the better of two answers that need no model is off by {min(others):.0%}'
