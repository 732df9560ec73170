# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Depth that was computed before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import merge

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.core.frame import Frame
from diffperc_ros.core.results import DepthImage, DepthKind
from diffperc_ros.evaluation.sources.replayed_answers import ReplayedAnswers
from diffperc_ros.recordings.reader import RecordedDepth, Recording
from diffperc_ros.replay.tasks.depth import DEPTH_TOPIC, RELATIVE_TOPIC

KINDS: dict[str, DepthKind] = {DEPTH_TOPIC: 'metric', RELATIVE_TOPIC: 'relative'}


class ReplayPredictor(ReplayedAnswers[DepthImage]):
    """Reads the depth of a replay; a `Predictor`.

    Parameters
    ----------
    metric, relative : the replay's bag, opened twice, since some containers cannot be read at two
        places at once; owned by the caller.

    Raises
    ------
    RecordingError : it holds no depth topic of a replay, or its side files are damaged.
    """

    def __init__(self, metric: Recording, relative: Recording) -> None:
        names = {topic.name for topic in metric.topics if topic.count}
        opened = {DEPTH_TOPIC: metric, RELATIVE_TOPIC: relative}
        self._recordings = {topic: bag for topic, bag in opened.items() if topic in names}
        if not self._recordings:
            raise RecordingError(
                f'{metric.path}: no depth to evaluate; a replay has {" or ".join(KINDS)}'
            )
        super().__init__(metric.path, 'depth')

    def _computed(self) -> Sequence[int]:
        return [
            entry.stamp.nanoseconds
            for topic, bag in self._recordings.items()
            for entry in bag.stamps(topic).entries
        ]

    def _answers(self) -> Iterator[tuple[int, Callable[[Frame], DepthImage]]]:
        """Read all topics as one stream in stamp order."""

        def answer(kind: DepthKind, found: RecordedDepth) -> Callable[[Frame], DepthImage]:
            return lambda frame: DepthImage(
                found.values, kind, found.stamp, found.frame_id, frame.camera
            )

        def stream(topic: str) -> Iterator[tuple[int, Callable[[Frame], DepthImage]]]:
            for recorded in self._recordings[topic].depth_images(topic):
                yield recorded.stamp.nanoseconds, answer(KINDS[topic], recorded)

        return merge(*(stream(topic) for topic in self._recordings), key=lambda depth: depth[0])
