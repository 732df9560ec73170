# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.recordings.mask_topics import (
    choose_expressions_topic,
    choose_instances_topic,
    choose_labels_topic,
    label_info_beside,
)
from diffperc_ros.recordings.message_types import LABEL_INFO_TYPE, STRING_TYPE
from diffperc_ros.recordings.topics import IMAGE_TYPE, Topic

COLOUR = Topic('/camera/image', IMAGE_TYPE, 'rgb8', 3)
LABELS = Topic('/camera/labels/mask', IMAGE_TYPE, 'mono8', 3)
INFO = Topic('/camera/labels/label_info', LABEL_INFO_TYPE, '', 1)
INSTANCES = Topic('/camera/instances/mask', IMAGE_TYPE, 'mono16', 3)
PHRASES = Topic('/camera/expressions', STRING_TYPE, '', 1)
CHATTER = Topic('/chatter', STRING_TYPE, '', 9)
SECOND = Topic('/segmentation/mask', IMAGE_TYPE, 'mono8', 3)
SECOND_INFO = Topic('/segmentation/label_info', LABEL_INFO_TYPE, '', 1)
EVERYTHING = (COLOUR, LABELS, INFO, INSTANCES, PHRASES, CHATTER)

Choose = Callable[[Sequence[Topic], str | None], Topic | None]


@pytest.mark.parametrize(
    ('choose', 'topics', 'wanted', 'expected'),
    [
        (choose_labels_topic, EVERYTHING, None, LABELS),
        (choose_labels_topic, (COLOUR, LABELS), None, None),
        (choose_labels_topic, (*EVERYTHING, SECOND), None, LABELS),
        (
            choose_labels_topic,
            (*EVERYTHING, SECOND, SECOND_INFO),
            None,
            'choose one with --labels',
        ),
        (choose_labels_topic, (*EVERYTHING, SECOND, SECOND_INFO), 'segmentation/mask', SECOND),
        (choose_labels_topic, EVERYTHING, '/camera/image', 'carries no masks of classes'),
        (choose_instances_topic, EVERYTHING, None, INSTANCES),
        (choose_instances_topic, (COLOUR, LABELS), None, None),
        (choose_instances_topic, EVERYTHING, '/camera/labels/mask', LABELS),
        (choose_instances_topic, EVERYTHING, '/camera/image', 'carries no masks of instances'),
        (choose_expressions_topic, EVERYTHING, None, PHRASES),
        (choose_expressions_topic, (COLOUR, CHATTER), None, None),
        (choose_expressions_topic, EVERYTHING, '/chatter', CHATTER),
        (choose_expressions_topic, EVERYTHING, '/x', 'carries no phrases'),
    ],
)
def test_topics_are_found_by_what_stands_beside_them_and_by_name(
    choose: Choose, topics: Sequence[Topic], wanted: str | None, expected: Topic | str | None
) -> None:
    if isinstance(expected, str):
        with pytest.raises(RecordingError, match=expected):
            choose(topics, wanted)
    else:
        assert choose(topics, wanted) == expected


def test_the_key_lies_beside_the_mask() -> None:
    assert label_info_beside(EVERYTHING, LABELS) == INFO
    with pytest.raises(RecordingError, match='no label_info topic beside it'):
        label_info_beside(EVERYTHING, INSTANCES)
