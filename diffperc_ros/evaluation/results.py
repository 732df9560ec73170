# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What an evaluation finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.results import DepthImage
from diffperc_ros.evaluation.accumulate import DepthScores
from diffperc_ros.evaluation.protocol import Protocol
from diffperc_ros.evaluation.scores import ImageScore


@dataclass(frozen=True, eq=False)
class FrameResult:
    """One frame of an evaluation.

    Parameters
    ----------
    stamp : nanoseconds, of the prediction.
    latency_ms : time from picture to depth, or None when not recorded.
    score : None without ground truth, without a prediction, or when the image does not count.
    problem : why there is no prediction; empty when there is one.
    """

    stamp: int
    latency_ms: float | None
    score: ImageScore | None
    problem: str = ''


@dataclass(frozen=True, eq=False)
class Exhibit:
    """A frame kept whole, to be shown.

    Parameters
    ----------
    image : uint8 (height, width, 3) RGB.
    prediction : depth of it.
    truth : float32 (h, w) metres, or None.
    result : its figures.
    """

    image: NDArray[np.uint8]
    prediction: DepthImage
    truth: NDArray[np.float32] | None
    result: FrameResult


@dataclass(frozen=True)
class FrameCounts:
    """What became of every stamp.

    Parameters
    ----------
    predictions, truths : stamps on the two sides.
    unmatched_prediction, unmatched_truth : those that found no partner within the tolerance.
    left_out : pairs not looked at because fewer frames were asked for.
    failed : images that could not be read, or for which the network gave nothing.
    without_truth, without_answer : pairs without valid ground truth, or without an answer where
        there is ground truth.
    evaluated : what is left: the images behind the figures.
    metric : those of them with metric depth.
    """

    predictions: int
    truths: int
    unmatched_prediction: int
    unmatched_truth: int
    left_out: int
    failed: int
    without_truth: int
    without_answer: int
    evaluated: int
    metric: int


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All that is known after an evaluation.

    Parameters
    ----------
    protocol : the rules it went by.
    counts : what became of the frames.
    depth : the figures, or None when the source has no recorded depth.
    frames : one entry per frame that was looked at, in stamp order.
    exhibits : a few frames spread over the recording.
    notes : what a reader must know to read the figures right.
    provenance : source, bundle and engine.
    """

    protocol: Protocol
    counts: FrameCounts
    depth: DepthScores | None
    frames: tuple[FrameResult, ...]
    exhibits: tuple[Exhibit, ...]
    notes: tuple[str, ...]
    provenance: dict[str, Any]

    @property
    def latencies_ms(self) -> NDArray[np.float64]:
        """Latency of every frame it was recorded for, (n,) milliseconds."""
        known = [frame.latency_ms for frame in self.frames if frame.latency_ms is not None]
        return np.array(known, np.float64)
