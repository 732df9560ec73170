# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where a bundle, or a replay, sees the objects of phrases: one mask a phrase."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import CommandError, FrameError, InferenceError
from diffperc_ros.core.frame import Frame
from diffperc_ros.evaluation.sources.predictions import Prediction, perceiver_provenance
from diffperc_ros.evaluation.sources.references import ExpressionSource, NamedObjects
from diffperc_ros.evaluation.sources.source import Source
from diffperc_ros.perception.query import Querier
from diffperc_ros.perception.text import Queries, TextEncoder


@dataclass(frozen=True, eq=False)
class PhraseMasks:
    """Answers for one frame.

    Parameters
    ----------
    masks : phrase -> bool (h, w); all False where nothing was found.
    refused : phrase -> why the model could not look for it.
    """

    masks: Mapping[str, NDArray[np.bool_]]
    refused: Mapping[str, str]


class PhrasePredictor:
    """Looks for every phrase that is recorded for a frame, each on its own.

    Parameters
    ----------
    querier, text : the loaded bundle; owned by the caller.
    source : knows the phrases.
    tolerance_ns : how far apart the stamps of frame and phrase may be.
    profile : which of the bundle's graphs runs.
    """

    def __init__(
        self,
        querier: Querier,
        text: TextEncoder,
        source: ExpressionSource,
        tolerance_ns: int,
        profile: str,
    ) -> None:
        self._querier = querier
        self._text = text
        self._source = source
        self._tolerance_ns = tolerance_ns
        self._profile = profile
        self._encoded: dict[str, Queries | str] = {}

    def stamps(self, source: Source[NamedObjects]) -> Sequence[int]:
        """Return the stamps of all frames of the source."""
        return source.frame_stamps()

    def predict(
        self, source: Source[NamedObjects], wanted: Collection[int]
    ) -> Iterator[tuple[int, Prediction[PhraseMasks]]]:
        """Look for the phrases of the wanted frames."""
        for index, frame in source.frames():
            if index in wanted:
                yield index, self._predict(frame)

    def notes(self, source: Source[NamedObjects]) -> Sequence[str]:
        """Say which phrases could not be looked for."""
        refused = [reason for reason in self._encoded.values() if isinstance(reason, str)]
        return [f'Counted as not found, since it cannot be read: {why}' for why in refused]

    def provenance(self) -> dict[str, Any]:
        """Return bundle and engine."""
        return perceiver_provenance(self._querier, self._profile)

    def _predict(self, frame: Frame) -> Prediction[PhraseMasks]:
        expressions = self._source.expressions_at(frame.stamp.nanoseconds, self._tolerance_ns)
        masks: dict[str, NDArray[np.bool_]] = {}
        refused: dict[str, str] = {}
        times = []
        for phrase in dict.fromkeys(one.phrase for one in expressions):
            queries = self._queries(phrase)
            if isinstance(queries, str):
                refused[phrase] = queries
                masks[phrase] = np.zeros(frame.image.shape[:2], bool)
                continue
            self._querier.queries = queries
            try:
                masks[phrase] = self._querier.perceive(frame).mask > 0
            except (FrameError, InferenceError) as error:
                return Prediction(frame, None, problem=str(error))
            if self._querier.last_times is not None:
                times.append(self._querier.last_times.total)
        latency = sum(times) / len(times) if times else None
        return Prediction(frame, PhraseMasks(masks, refused), latency)

    def _queries(self, phrase: str) -> Queries | str:
        if phrase not in self._encoded:
            try:
                self._encoded[phrase] = self._text.encode([phrase], revision=1)
            except CommandError as error:
                self._encoded[phrase] = str(error)
        return self._encoded[phrase]


MaskBaseline = Callable[[tuple[int, int]], NDArray[np.bool_]]
"""(height, width) -> the same mask for every phrase."""
