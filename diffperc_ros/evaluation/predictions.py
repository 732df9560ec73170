# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where the depth to be judged comes from: a bundle run now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from diffperc_ros.core.errors import FrameError, InferenceError
from diffperc_ros.core.frame import Frame
from diffperc_ros.core.results import DepthImage
from diffperc_ros.evaluation.source import Source
from diffperc_ros.perception.depth import DepthEstimator


@dataclass(frozen=True, eq=False)
class Prediction:
    """What became of one frame.

    Parameters
    ----------
    frame : the colour picture.
    depth : the answer, or None when there is none; then `problem` says why.
    latency_ms : time from picture to depth, milliseconds; None when it was not recorded.
    """

    frame: Frame
    depth: DepthImage | None
    latency_ms: float | None = None
    problem: str = ''


class Predictor(Protocol):
    """Depth for the frames of a source."""

    def stamps(self, source: Source) -> Sequence[int]:
        """Return the stamps of all frames there is, or can be, depth for; nanoseconds."""

    def predict(self, source: Source, wanted: Collection[int]) -> Iterator[tuple[int, Prediction]]:
        """Give the predictions at the `wanted` places of `stamps`, in ascending order.

        Frames that cannot be read are left out.
        """

    def notes(self, source: Source) -> Sequence[str]:
        """Return what a reader of the figures must know about these predictions."""

    def provenance(self) -> dict[str, Any]:
        """Return bundle and engine."""


class LivePredictor:
    """Runs a bundle on every frame that is wanted.

    Parameters
    ----------
    estimator : the loaded bundle; owned by the caller.
    profile : which of the bundle's graphs it runs.
    """

    def __init__(self, estimator: DepthEstimator, profile: str) -> None:
        self._estimator = estimator
        self._profile = profile

    def stamps(self, source: Source) -> Sequence[int]:
        """Return the stamps of all frames of the source."""
        return source.frame_stamps()

    def predict(self, source: Source, wanted: Collection[int]) -> Iterator[tuple[int, Prediction]]:
        """Run the bundle on the wanted frames."""
        for index, frame in source.frames():
            if index in wanted:
                yield index, self._predict(frame)

    def notes(self, source: Source) -> Sequence[str]:
        """Return nothing: what is run here and now needs no remark."""
        return ()

    def provenance(self) -> dict[str, Any]:
        """Return bundle and engine."""
        runtime = self._estimator.runtime
        return {
            'bundle': {
                'name': self._estimator.bundle.manifest.name,
                'sha256': self._estimator.bundle.sha256,
                'profile': self._profile,
            },
            'engine': {
                'name': runtime.name,
                'version': runtime.version,
                'device': runtime.device,
            },
        }

    def _predict(self, frame: Frame) -> Prediction:
        try:
            depth = self._estimator.perceive(frame)
        except (FrameError, InferenceError) as error:
            return Prediction(frame, None, problem=str(error))
        times = self._estimator.last_times
        return Prediction(frame, depth, None if times is None else times.total)
