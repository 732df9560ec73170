# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Objects of phrases that were looked for before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.core.frame import Frame
from diffperc_ros.evaluation.query.answers import PhraseMasks
from diffperc_ros.evaluation.sources.replayed_answers import ReplayedAnswers
from diffperc_ros.recordings.reader import RecordedMask, Recording
from diffperc_ros.recordings.vision_messages import names_of_label_info
from diffperc_ros.replay.tasks.query import LABEL_INFO_TOPIC, MASK_TOPIC


class ReplayedQueries(ReplayedAnswers[PhraseMasks]):
    """Reads the masks of a replay, in which each pixel has one phrase; a `Predictor`.

    Parameters
    ----------
    recording : the replay's bag; owned by the caller.

    Raises
    ------
    RecordingError : it holds no masks with their label_info, the phrases change on the way, or
        its side files are damaged.
    """

    def __init__(self, recording: Recording) -> None:
        names = {topic.name for topic in recording.topics if topic.count}
        for topic in (MASK_TOPIC, LABEL_INFO_TOPIC):
            if topic not in names:
                raise RecordingError(f'{recording.path}: no query to evaluate: no {topic}')
        self._recording = recording
        infos = [names_of_label_info(info) for info in recording.messages(LABEL_INFO_TOPIC)]
        if len({tuple(info.items()) for info in infos}) > 1:
            raise RecordingError(
                f'{recording.path}: the phrases on {LABEL_INFO_TOPIC} change on the way; record '
                'each part on its own'
            )
        self._phrases = infos[0]
        super().__init__(recording.path, 'mask', parts=len(self._phrases))

    @property
    def phrases(self) -> Sequence[str]:
        """What was looked for."""
        return list(self._phrases.values())

    def _computed(self) -> Sequence[int]:
        entries = self._recording.stamps(MASK_TOPIC).entries
        return [entry.stamp.nanoseconds for entry in entries]

    def _answers(self) -> Iterator[tuple[int, Callable[[Frame], PhraseMasks]]]:
        for recorded in self._recording.masks(MASK_TOPIC):
            yield recorded.stamp.nanoseconds, self._answer(recorded)

    def _answer(self, recorded: RecordedMask) -> Callable[[Frame], PhraseMasks]:
        masks = {phrase: recorded.values == number for number, phrase in self._phrases.items()}
        return lambda _frame: PhraseMasks(masks, {})
