# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Choosing the topics of recorded masks, by what stands beside them and how they are called.

Classes: a mask (mono8 or mono16) with a vision_msgs/LabelInfo on `label_info` beside it, such as
/camera/labels/mask and /camera/labels/label_info. Instances: a mask whose topic ends in
`instances/mask`. Phrases about them: a std_msgs/String on a topic that ends in `expressions`.
"""

from __future__ import annotations

from collections.abc import Sequence

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.recordings.images import MASK_ENCODINGS
from diffperc_ros.recordings.message_types import LABEL_INFO_TYPE, STRING_TYPE
from diffperc_ros.recordings.topics import IMAGE_TYPE, Topic

INSTANCES_SUFFIX = '/instances/mask'
EXPRESSIONS_SUFFIX = '/expressions'


def choose_labels_topic(topics: Sequence[Topic], wanted: str | None = None) -> Topic | None:
    """Return the topic of recorded classes: `wanted`, or the only one there is, or None.

    Raises
    ------
    RecordingError : `wanted` is not there or no such mask, or there are several.
    """
    found = [topic for topic in topics if _is_mask(topic) and _label_info(topics, topic)]
    return _chosen(found, wanted, 'masks of classes with label_info', '--labels-topic')


def label_info_beside(topics: Sequence[Topic], mask: Topic) -> Topic:
    """Return the label_info topic of a mask that `choose_labels_topic` found."""
    info = _label_info(topics, mask)
    if info is None:
        raise RecordingError(f'{mask.name}: no label_info topic beside it')
    return info


def choose_instances_topic(topics: Sequence[Topic], wanted: str | None = None) -> Topic | None:
    """Return the topic of recorded instances: `wanted`, or the only one so called, or None.

    Raises
    ------
    RecordingError : `wanted` is not there or no mask, or there are several.
    """
    masks = [topic for topic in topics if _is_mask(topic)]
    found = masks if wanted else [t for t in masks if t.name.endswith(INSTANCES_SUFFIX)]
    return _chosen(found, wanted, 'masks of instances', '--instances-topic')


def choose_expressions_topic(topics: Sequence[Topic], wanted: str | None = None) -> Topic | None:
    """Return the topic of phrases: `wanted`, or the only one so called, or None.

    Raises
    ------
    RecordingError : `wanted` is not there or no text, or there are several.
    """
    texts = [topic for topic in topics if topic.type == STRING_TYPE and topic.count]
    found = texts if wanted else [t for t in texts if t.name.endswith(EXPRESSIONS_SUFFIX)]
    return _chosen(found, wanted, 'phrases', '--expressions-topic')


def _is_mask(topic: Topic) -> bool:
    return topic.type == IMAGE_TYPE and topic.count > 0 and topic.encoding in MASK_ENCODINGS


def _label_info(topics: Sequence[Topic], mask: Topic) -> Topic | None:
    sibling = f'{mask.name.rpartition("/")[0]}/label_info'
    infos = (topic for topic in topics if topic.type == LABEL_INFO_TYPE and topic.count)
    return next((topic for topic in infos if topic.name == sibling), None)


def _chosen(found: list[Topic], wanted: str | None, what: str, option: str) -> Topic | None:
    listed = ', '.join(str(topic) for topic in found) or 'none'
    if wanted is not None:
        for topic in found:
            if topic.name.strip('/') == wanted.strip('/'):
                return topic
        raise RecordingError(f'topic {wanted} carries no {what}; topics that do: {listed}')
    if len(found) > 1:
        raise RecordingError(
            f'{len(found)} topics with {what}; choose one with {option}: {listed}'
        )
    return found[0] if found else None
