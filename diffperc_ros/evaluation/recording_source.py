# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A recording as the source of an evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from diffperc_ros.core.frame import Frame
from diffperc_ros.evaluation.source import Truth
from diffperc_ros.recordings.digest import recording_sha256
from diffperc_ros.recordings.reader import Recording
from diffperc_ros.recordings.topics import (
    choose_camera_info_topic,
    choose_depth_topic,
    choose_image_topic,
)


@dataclass(frozen=True)
class TopicChoice:
    """Topics to use; None leaves the choice to what the recording holds.

    Parameters
    ----------
    depth_unit : metres per count of 16-bit recorded depth.
    """

    image: str | None = None
    camera_info: str | None = None
    depth: str | None = None
    depth_unit: float = 0.001


class RecordingSource:
    """The colour and depth topics of an open recording; a `Source`.

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
        self._recording = colour
        self._depth_recording = depth
        topics = colour.topics
        image = choose_image_topic(topics, choice.image)
        camera_info = choose_camera_info_topic(topics, image, choice.camera_info)
        has_depth = choice.depth is not None or any(topic.is_depth for topic in topics)
        self._image = image.name
        self._camera_info = camera_info.name if camera_info else None
        self._depth = choose_depth_topic(topics, choice.depth).name if has_depth else None
        self._unit = choice.depth_unit

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

    def truth_stamps(self) -> Sequence[int]:
        """Return the stamps of all depth images, nanoseconds."""
        return self._stamps(self._depth) if self._depth else []

    def frames(self) -> Iterator[tuple[int, Frame]]:
        """Read the colour images with their places in `frame_stamps`."""
        for recorded in self._recording.frames(self._image, self._camera_info):
            yield recorded.index, recorded.frame

    def truths(self) -> Iterator[tuple[int, Truth]]:
        """Read the depth images with their places in `truth_stamps`."""
        if self._depth is None:
            return
        for recorded in self._depth_recording.depth_images(self._depth, self._unit):
            yield recorded.index, Truth(recorded.values, recorded.stamp, recorded.frame_id)

    def provenance(self) -> dict[str, Any]:
        """Return name, digest and topics of the recording."""
        return {
            'name': self.name,
            'kind': 'recording',
            'sha256': self._sha256,
            'topics': {
                'image': self._image,
                'camera_info': self._camera_info,
                'depth': self._depth,
            },
            'depth_unit_m': self._unit,
        }

    @cached_property
    def _sha256(self) -> str:
        return recording_sha256(self._recording.path)

    def _stamps(self, topic: str) -> list[int]:
        return [entry.stamp.nanoseconds for entry in self._recording.stamps(topic).entries]
