# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A recording as the source of an evaluation: of depth, of classes, or of named objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.core.frame import Frame
from diffperc_ros.evaluation.sources.expressions import Expression, read_expressions
from diffperc_ros.evaluation.sources.references import LabelledImage, NamedObjects
from diffperc_ros.evaluation.sources.source import Truth
from diffperc_ros.recordings.digest import recording_sha256
from diffperc_ros.recordings.mask_topics import (
    choose_expressions_topic,
    choose_instances_topic,
    choose_labels_topic,
    label_info_beside,
)
from diffperc_ros.recordings.reader import Recording
from diffperc_ros.recordings.topics import (
    choose_camera_info_topic,
    choose_depth_topic,
    choose_image_topic,
)
from diffperc_ros.recordings.vision_messages import names_of_label_info


@dataclass(frozen=True)
class TopicChoice:
    """Topics to use; None leaves the choice to what the recording holds.

    Parameters
    ----------
    image, camera_info : colour pictures and intrinsics.
    depth : recorded depth.
    depth_unit : metres per count of 16-bit recorded depth.
    labels : recorded masks of classes.
    instances, expressions : recorded masks of instances, and the phrases that mean them.
    """

    image: str | None = None
    camera_info: str | None = None
    depth: str | None = None
    depth_unit: float = 0.001
    labels: str | None = None
    instances: str | None = None
    expressions: str | None = None


class RecordedFrames:
    """The colour topic of an open recording; what all sources of this kind share.

    Parameters
    ----------
    colour : a recording; owned by the caller.
    choice : topics by name.

    Raises
    ------
    RecordingError : a topic is not there, or the choice is not unambiguous.
    """

    def __init__(self, colour: Recording, choice: TopicChoice) -> None:
        self._recording = colour
        image = choose_image_topic(colour.topics, choice.image)
        camera_info = choose_camera_info_topic(colour.topics, image, choice.camera_info)
        self._image = image.name
        self._camera_info = camera_info.name if camera_info else None

    @property
    def name(self) -> str:
        """Name of the recording's folder or file."""
        return self._recording.path.resolve().name

    @property
    def notes(self) -> Sequence[str]:
        """What had to be mended to read the recording, and what of it was lost."""
        return [*self._recording.notes, *self._recording.losses]

    def frame_stamps(self) -> Sequence[int]:
        """Return the stamps of all colour images, nanoseconds."""
        return self._stamps(self._image)

    def frames(self) -> Iterator[tuple[int, Frame]]:
        """Read the colour images with their places in `frame_stamps`."""
        for recorded in self._recording.frames(self._image, self._camera_info):
            yield recorded.index, recorded.frame

    def provenance(self) -> dict[str, Any]:
        """Return name, digest and topics of the recording."""
        return {
            'name': self.name,
            'kind': 'recording',
            'sha256': self._sha256,
            'topics': {
                'image': self._image,
                'camera_info': self._camera_info,
                **self._truth_topics(),
            },
        }

    def _truth_topics(self) -> dict[str, str | None]:
        return {}

    @cached_property
    def _sha256(self) -> str:
        return recording_sha256(self._recording.path)

    def _stamps(self, topic: str) -> list[int]:
        return [entry.stamp.nanoseconds for entry in self._recording.stamps(topic).entries]


class RecordingSource(RecordedFrames):
    """The colour and depth topics of an open recording; a `Source` of depth.

    Parameters
    ----------
    colour, depth : the same recording, opened twice, since some containers cannot be read at two
        places at once; owned by the caller.
    choice : topics by name.

    Raises
    ------
    RecordingError : a topic is not there, or the choice is not unambiguous.
    """

    def __init__(self, colour: Recording, depth: Recording, choice: TopicChoice) -> None:
        super().__init__(colour, choice)
        self._depth_recording = depth
        has_depth = choice.depth is not None or any(topic.is_depth for topic in colour.topics)
        self._depth = choose_depth_topic(colour.topics, choice.depth).name if has_depth else None
        self._unit = choice.depth_unit

    def truth_stamps(self) -> Sequence[int]:
        """Return the stamps of all depth images, nanoseconds."""
        return self._stamps(self._depth) if self._depth else []

    def truths(self) -> Iterator[tuple[int, Truth]]:
        """Read the depth images with their places in `truth_stamps`."""
        if self._depth is None:
            return
        for recorded in self._depth_recording.depth_images(self._depth, self._unit):
            yield recorded.index, Truth(recorded.values, recorded.stamp, recorded.frame_id)

    def provenance(self) -> dict[str, Any]:
        """Return name, digest and topics of the recording."""
        return {**super().provenance(), 'depth_unit_m': self._unit}

    def _truth_topics(self) -> dict[str, str | None]:
        return {'depth': self._depth}


class LabelledRecording(RecordedFrames):
    """The colour topic and the masks of classes of an open recording; a `LabelSource`.

    Parameters
    ----------
    colour, masks : the same recording, opened twice; owned by the caller.
    choice : topics by name. Names of classes come from the label_info beside the masks.

    Raises
    ------
    RecordingError : a topic is not there, or the choice is not unambiguous.
    """

    def __init__(self, colour: Recording, masks: Recording, choice: TopicChoice) -> None:
        super().__init__(colour, choice)
        self._masks = masks
        topic = choose_labels_topic(masks.topics, choice.labels)
        self._labels = topic.name if topic else None
        self._names: dict[int, str] = {}
        if topic is not None:
            for message in masks.messages(label_info_beside(masks.topics, topic).name):
                self._names = names_of_label_info(message)

    @property
    def label_names(self) -> Mapping[int, str]:
        """Value of a labelled pixel -> name of its class, by the last label_info."""
        return self._names

    def truth_stamps(self) -> Sequence[int]:
        """Return the stamps of all masks, nanoseconds."""
        return self._stamps(self._labels) if self._labels else []

    def truths(self) -> Iterator[tuple[int, LabelledImage]]:
        """Read the masks with their places in `truth_stamps`."""
        if self._labels is None:
            return
        for recorded in self._masks.masks(self._labels):
            yield recorded.index, LabelledImage(recorded.values, recorded.stamp, recorded.frame_id)

    def _truth_topics(self) -> dict[str, str | None]:
        return {'labels': self._labels}


class RecordingOfObjects(RecordedFrames):
    """The colour topic, instances and phrases of an open recording; an `ExpressionSource`.

    Parameters
    ----------
    colour, masks : the same recording, opened twice; owned by the caller.
    choice : topics by name.

    Raises
    ------
    RecordingError : a topic is not there, the choice is not unambiguous, or the phrases are not
        as they must be.
    """

    def __init__(self, colour: Recording, masks: Recording, choice: TopicChoice) -> None:
        super().__init__(colour, choice)
        self._masks = masks
        instances = choose_instances_topic(masks.topics, choice.instances)
        phrases = choose_expressions_topic(masks.topics, choice.expressions)
        self._instances = instances.name if instances and phrases else None
        self._phrases = phrases.name if instances and phrases else None
        self._expressions: tuple[Expression, ...] = ()
        if self._phrases is not None:
            messages = masks.messages(self._phrases)
            if not messages:
                raise RecordingError(f'{masks.path}: {self._phrases} has no message')
            self._expressions = read_expressions(messages[-1].data, self._phrases)

    def expressions_at(self, stamp_ns: int, tolerance_ns: int) -> Sequence[Expression]:
        """Return the expressions that hold for the image of a stamp, nanoseconds."""
        return [one for one in self._expressions if one.holds(stamp_ns, tolerance_ns)]

    def truth_stamps(self) -> Sequence[int]:
        """Return the stamps of all masks of instances, nanoseconds."""
        return self._stamps(self._instances) if self._instances else []

    def truths(self) -> Iterator[tuple[int, NamedObjects]]:
        """Read the masks of instances with their places in `truth_stamps`."""
        if self._instances is None:
            return
        for recorded in self._masks.masks(self._instances):
            held = self.expressions_at(recorded.stamp.nanoseconds, 0)
            named = NamedObjects(recorded.values, tuple(held), recorded.stamp, recorded.frame_id)
            yield recorded.index, named

    def _truth_topics(self) -> dict[str, str | None]:
        return {'instances': self._instances, 'expressions': self._phrases}
