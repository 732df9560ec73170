# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where the objects of phrases are, as the query node publishes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from diffperc_ros.core.frame import Frame
from diffperc_ros.core.results import NONE, QueryAnswer
from diffperc_ros.perception.query import Querier
from diffperc_ros.recordings.messages import image_message, status_message
from diffperc_ros.recordings.vision_messages import detections_message, label_info_message
from diffperc_ros.replay.tasks.task import Answer, Cell, Output

MASK_TOPIC = '/query/mask'
CONFIDENCE_TOPIC = '/query/confidence'
DETECTIONS_TOPIC = '/query/detections'
LABEL_INFO_TOPIC = '/query/label_info'
STATUS_TOPIC = '/query/status'


class QueryTask:
    """Masks (mono8), confidence, detections; latched label_info and status of the phrases.

    Parameters
    ----------
    perceiver : with its phrases; they stay the same for the whole recording.
    token_limit : most tokens that a phrase may have, for the status.
    """

    name = 'query'
    kinds = ('found', 'nothing')

    def __init__(self, perceiver: Querier, token_limit: int) -> None:
        self.perceiver = perceiver
        self._token_limit = token_limit

    @property
    def columns(self) -> tuple[str, ...]:
        """Return number of instances, share of claimed pixels, best score of every phrase."""
        numbers = range(1, len(self.perceiver.queries.phrases) + 1)
        return ('detections', 'claimed_ratio', *(f'score_{number}' for number in numbers))

    def opening(self, frame: Frame) -> tuple[Output, ...]:
        """Return the key of the mask and what became of the phrases."""
        queries = self.perceiver.queries
        names = dict(enumerate(queries.phrases, start=1))
        threshold = self.perceiver.settings.mask_threshold
        status = status_message(
            'query',
            f'looking for: {"; ".join(queries.phrases)}',
            {
                'accepted': '; '.join(queries.phrases),
                'rejected': '',
                'reason': '',
                'revision': queries.revision,
                'tokens': '; '.join(str(count) for count in queries.tokens),
                'token_limit': self._token_limit,
            },
        )
        info = label_info_message(names, threshold, frame.stamp, frame.frame_id)
        return (
            Output(STATUS_TOPIC, status, latched=True),
            Output(LABEL_INFO_TOPIC, info, latched=True),
        )

    def answer(self, frame: Frame) -> Answer:
        """Look for the phrases in one frame."""
        found = self.perceiver.perceive(frame)
        header = (found.stamp, found.frame_id)
        outputs = (
            Output(MASK_TOPIC, image_message(found.mask, 'mono8', *header)),
            Output(CONFIDENCE_TOPIC, image_message(found.confidence, 'mono8', *header)),
            Output(DETECTIONS_TOPIC, detections_message(found.detections, *header)),
        )
        return Answer('found' if found.detections else 'nothing', outputs, _figures(found))

    def settings(self) -> dict[str, Any]:
        """Return phrases and thresholds."""
        queries = self.perceiver.queries
        return {
            'parameters': asdict(self.perceiver.settings),
            'queries': {
                'phrases': list(queries.phrases),
                'tokens': list(queries.tokens),
                'revision': queries.revision,
            },
            'prompt': None,
        }

    def outcome(self, counts: Mapping[str, int]) -> str:
        """Say in how many frames something was found."""
        return f'something found in {counts["found"]} and nothing in {counts["nothing"]}'


def _figures(found: QueryAnswer) -> tuple[Cell, ...]:
    best: dict[int, float] = {}
    for detection in found.detections:
        best[detection.phrase_id] = max(best.get(detection.phrase_id, 0.0), detection.score)
    scores = (best.get(number) for number in range(1, len(found.phrases) + 1))
    return float(len(found.detections)), float((found.mask != NONE).mean()), *scores
