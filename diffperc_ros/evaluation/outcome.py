# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What evaluations of all tasks have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Score_co = TypeVar('Score_co', covariant=True)
Answer_co = TypeVar('Answer_co', covariant=True)
Reference_co = TypeVar('Reference_co', covariant=True)


@dataclass(frozen=True, eq=False)
class FrameResult(Generic[Score_co]):
    """One frame of an evaluation.

    Parameters
    ----------
    stamp : nanoseconds, of the prediction.
    latency_ms : time from picture to answer, or None when not recorded.
    score : None without ground truth, without a prediction, or when the image does not count.
    problem : why there is no prediction; empty when there is one.
    """

    stamp: int
    latency_ms: float | None
    score: Score_co | None
    problem: str = ''


@dataclass(frozen=True, eq=False)
class Exhibit(Generic[Answer_co, Reference_co, Score_co]):
    """A frame kept whole, to be shown.

    Parameters
    ----------
    image : uint8 (height, width, 3) RGB.
    prediction : answer for it.
    truth : what it was compared with, or None.
    result : its figures.
    """

    image: NDArray[np.uint8]
    prediction: Answer_co
    truth: Reference_co | None
    result: FrameResult[Score_co]


@dataclass(frozen=True)
class FrameCounts:
    """What became of every stamp.

    Parameters
    ----------
    predictions, truths : stamps on the two sides.
    unmatched_prediction, unmatched_truth : those that found no partner within the tolerance.
    left_out : pairs not looked at because fewer frames were asked for.
    failed : images that could not be read, or for which the network gave nothing.
    without_truth : pairs without valid ground truth.
    evaluated : what is left: the images behind the figures.
    """

    predictions: int
    truths: int
    unmatched_prediction: int
    unmatched_truth: int
    left_out: int
    failed: int
    without_truth: int
    evaluated: int


@dataclass(frozen=True, eq=False)
class Outcome:
    """What is known after an evaluation, whatever its task.

    Parameters
    ----------
    frames : one entry per frame that was looked at, in stamp order.
    notes : what a reader must know to read the figures right.
    provenance : source, bundle and engine.
    """

    frames: tuple[FrameResult[Any], ...]
    notes: tuple[str, ...]
    provenance: dict[str, Any]

    @property
    def latencies_ms(self) -> NDArray[np.float64]:
        """Latency of every frame it was recorded for, (n,) milliseconds."""
        known = [frame.latency_ms for frame in self.frames if frame.latency_ms is not None]
        return np.array(known, np.float64)
