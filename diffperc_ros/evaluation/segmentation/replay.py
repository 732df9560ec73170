# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Masks of classes that were computed before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.core.frame import Frame
from diffperc_ros.core.results import Segmentation
from diffperc_ros.evaluation.sources.replayed_answers import ReplayedAnswers
from diffperc_ros.recordings.reader import RecordedMask, Recording
from diffperc_ros.recordings.vision_messages import names_of_label_info
from diffperc_ros.replay.tasks.segmentation import LABEL_INFO_TOPIC, MASK_TOPIC


class ReplayedMasks(ReplayedAnswers[Segmentation]):
    """Reads the masks of a replay; a `Predictor`.

    Parameters
    ----------
    recording : the replay's bag; owned by the caller.

    Raises
    ------
    RecordingError : it holds no masks with their label_info, or its side files are damaged.
    """

    def __init__(self, recording: Recording) -> None:
        names = {topic.name for topic in recording.topics if topic.count}
        for topic in (MASK_TOPIC, LABEL_INFO_TOPIC):
            if topic not in names:
                raise RecordingError(f'{recording.path}: no masks to evaluate: no {topic}')
        self._recording = recording
        infos = [names_of_label_info(info) for info in recording.messages(LABEL_INFO_TOPIC)]
        if len({tuple(info.items()) for info in infos}) > 1:
            raise RecordingError(
                f'{recording.path}: {LABEL_INFO_TOPIC} changes on the way, so the meaning of the '
                'masks does too; record each part on its own'
            )
        self._names = infos[0]
        super().__init__(recording.path, 'mask')

    @property
    def names(self) -> Mapping[int, str]:
        """Value in the masks -> name of the class."""
        return self._names

    def _computed(self) -> Sequence[int]:
        entries = self._recording.stamps(MASK_TOPIC).entries
        return [entry.stamp.nanoseconds for entry in entries]

    def _answers(self) -> Iterator[tuple[int, Callable[[Frame], Segmentation]]]:
        for recorded in self._recording.masks(MASK_TOPIC):
            yield recorded.stamp.nanoseconds, self._answer(recorded)

    def _answer(self, recorded: RecordedMask) -> Callable[[Frame], Segmentation]:
        ids = recorded.values.astype(np.uint8)
        not_kept = np.zeros_like(ids)
        return lambda frame: Segmentation(
            ids, not_kept, self._names, recorded.stamp, recorded.frame_id, frame.camera
        )
