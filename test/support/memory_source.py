# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An evaluation's source and predictions held in memory, so that a test can spell them out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.frame import Frame, Stamp
from diffperc_ros.core.results import DepthImage
from diffperc_ros.evaluation.sources.predictions import Prediction
from diffperc_ros.evaluation.sources.source import Source, Truth

Depth = NDArray[np.float32]
MILLISECOND = 1_000_000


def flat(value: float, height: int = 4, width: int = 6) -> Depth:
    """Return a depth map of one value."""
    return np.full((height, width), value, np.float32)


@dataclass
class MemorySource:
    """Truth by stamp in milliseconds; frames are black pictures of 6 x 4 pixels.

    Parameters
    ----------
    truth : stamp -> depth; None for a depth image that cannot be read.
    frame_stamps_ms : stamps of the frames; by default those of the truth.
    unreadable : places of frames that cannot be read.
    """

    truth: dict[int, Depth | None]
    frame_stamps_ms: Sequence[int] | None = None
    unreadable: Collection[int] = ()
    has_camera: bool = True
    truth_frame_id: str = 'camera'
    name: str = 'memory'
    notes: Sequence[str] = ()

    def frame_stamps(self) -> Sequence[int]:
        stamps = list(self.truth) if self.frame_stamps_ms is None else self.frame_stamps_ms
        return [stamp * MILLISECOND for stamp in stamps]

    def truth_stamps(self) -> Sequence[int]:
        return [stamp * MILLISECOND for stamp in self.truth]

    def frames(self) -> Iterator[tuple[int, Frame]]:
        camera = Camera(6, 4, 5.0, 5.0, 2.5, 1.5) if self.has_camera else None
        image = np.zeros((4, 6, 3), np.uint8)
        for index, stamp in enumerate(self.frame_stamps()):
            if index not in self.unreadable:
                yield index, Frame(image, Stamp.from_nanoseconds(stamp), 'camera', camera)

    def truths(self) -> Iterator[tuple[int, Truth]]:
        for index, (stamp, values) in enumerate(self.truth.items()):
            if values is not None:
                time = Stamp.from_nanoseconds(stamp * MILLISECOND)
                yield index, Truth(values, time, self.truth_frame_id)

    def provenance(self) -> dict[str, Any]:
        return {'name': self.name, 'kind': 'memory', 'sha256': '0' * 64}


@dataclass
class ScriptedPredictor:
    """Answers frame n with `answers[n]` (the last one again beyond the end).

    Parameters
    ----------
    answers : depth maps, or texts that say why there is none.
    latency_ms : of every frame.
    asked : places that were asked for, filled on the way.
    """

    answers: Sequence[Depth | str]
    latency_ms: float | None = 10.0
    asked: list[int] = field(default_factory=list)

    def stamps(self, source: Source[Any]) -> Sequence[int]:
        return source.frame_stamps()

    def predict(
        self, source: Source[Any], wanted: Collection[int]
    ) -> Iterator[tuple[int, Prediction[Any]]]:
        for index, frame in source.frames():
            if index not in wanted:
                continue
            self.asked.append(index)
            answer = self.answers[min(index, len(self.answers) - 1)]
            if isinstance(answer, str):
                yield index, Prediction(frame, None, problem=answer)
                continue
            kind = 'metric' if frame.camera else 'relative'
            depth = DepthImage(answer, kind, frame.stamp, frame.frame_id, frame.camera)
            yield index, Prediction(frame, depth, self.latency_ms)

    def notes(self, source: Source[Any]) -> Sequence[str]:
        return ()

    def provenance(self) -> dict[str, Any]:
        return {'bundle': None, 'engine': None}
