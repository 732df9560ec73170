# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where the answers to be judged come from: a bundle run now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import FrameError, InferenceError
from diffperc_ros.core.frame import Frame
from diffperc_ros.evaluation.sources.source import Source
from diffperc_ros.perception.inference import StageTimes
from diffperc_ros.runtimes.protocol import Runtime

Answer_co = TypeVar('Answer_co', covariant=True)
Reference_contra = TypeVar('Reference_contra', contravariant=True)


@dataclass(frozen=True, eq=False)
class Prediction(Generic[Answer_co]):
    """What became of one frame.

    Parameters
    ----------
    frame : the colour picture.
    answer : of the model, or None when there is none; then `problem` says why.
    latency_ms : time from picture to answer, milliseconds; None when it was not recorded.
    """

    frame: Frame
    answer: Answer_co | None
    latency_ms: float | None = None
    problem: str = ''


class Predictor(Protocol[Answer_co, Reference_contra]):
    """Answers for the frames of a source."""

    def stamps(self, source: Source[Reference_contra]) -> Sequence[int]:
        """Return the stamps of all frames there is, or can be, an answer for; nanoseconds."""

    def predict(
        self, source: Source[Reference_contra], wanted: Collection[int]
    ) -> Iterator[tuple[int, Prediction[Answer_co]]]:
        """Give the predictions at the `wanted` places of `stamps`, in ascending order.

        Frames that cannot be read are left out.
        """

    def notes(self, source: Source[Reference_contra]) -> Sequence[str]:
        """Return what a reader of the figures must know about these predictions."""

    def provenance(self) -> dict[str, Any]:
        """Return bundle and engine."""


class Perceiver(Protocol[Answer_co]):
    """A bundle loaded into a runtime, whatever its task."""

    bundle: Bundle
    runtime: Runtime
    last_times: StageTimes | None

    def perceive(self, frame: Frame) -> Answer_co:
        """Answer one frame."""


class LivePredictor(Generic[Answer_co]):
    """Runs a bundle on every frame that is wanted.

    Parameters
    ----------
    perceiver : the loaded bundle; owned by the caller.
    profile : which of the bundle's graphs it runs.
    """

    def __init__(self, perceiver: Perceiver[Answer_co], profile: str) -> None:
        self._perceiver = perceiver
        self._profile = profile

    def stamps(self, source: Source[Any]) -> Sequence[int]:
        """Return the stamps of all frames of the source."""
        return source.frame_stamps()

    def predict(
        self, source: Source[Any], wanted: Collection[int]
    ) -> Iterator[tuple[int, Prediction[Answer_co]]]:
        """Run the bundle on the wanted frames."""
        for index, frame in source.frames():
            if index in wanted:
                yield index, self._predict(frame)

    def notes(self, source: Source[Any]) -> Sequence[str]:
        """Return nothing: what is run here and now needs no remark."""
        return ()

    def provenance(self) -> dict[str, Any]:
        """Return bundle and engine."""
        return perceiver_provenance(self._perceiver, self._profile)

    def _predict(self, frame: Frame) -> Prediction[Answer_co]:
        try:
            answer = self._perceiver.perceive(frame)
        except (FrameError, InferenceError) as error:
            return Prediction(frame, None, problem=str(error))
        times = self._perceiver.last_times
        return Prediction(frame, answer, None if times is None else times.total)


def perceiver_provenance(perceiver: Perceiver[Any], profile: str) -> dict[str, Any]:
    """Return bundle and engine of what runs here and now."""
    bundle, runtime = perceiver.bundle, perceiver.runtime
    return {
        'bundle': {
            'name': bundle.manifest.name,
            'sha256': bundle.sha256,
            'profile': profile,
        },
        'engine': {'name': runtime.name, 'version': runtime.version, 'device': runtime.device},
    }
