# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Choosing topics by what they carry, where that is unambiguous."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.recordings.images import COLOUR_ENCODINGS

IMAGE_TYPE = 'sensor_msgs/msg/Image'
COMPRESSED_IMAGE_TYPE = 'sensor_msgs/msg/CompressedImage'
CAMERA_INFO_TYPE = 'sensor_msgs/msg/CameraInfo'

_TRANSPORTS = ('compressed', 'compressedDepth')
_GREY_ENCODINGS = ('mono8', '8UC1', 'mono16')
_DEPTH_ENCODINGS = ('16UC1', '32FC1')


@dataclass(frozen=True)
class Topic:
    """A topic of a recording.

    Parameters
    ----------
    name : full name.
    type : message type in its ROS 2 form, such as 'sensor_msgs/msg/Image'.
    encoding : `encoding` or `format` of the first message; '' if it is no image or has no message.
    count : number of messages.
    """

    name: str
    type: str
    encoding: str
    count: int

    @property
    def is_image(self) -> bool:
        """Whether the topic carries pictures of any kind, and at least one."""
        return self.type in (IMAGE_TYPE, COMPRESSED_IMAGE_TYPE) and self.count > 0

    @property
    def pixels(self) -> str:
        """Encoding of the pixels, without what follows it for compressed images."""
        return self.encoding.partition(';')[0].strip()

    @property
    def is_depth(self) -> bool:
        """Whether the pictures are depth; mono16 is when the topic's name says so."""
        named = self.pixels == 'mono16' and 'depth' in self.name
        packed = 'compressedDepth' in self.encoding or transport_of(self.name) == 'compressedDepth'
        return self.is_image and (self.pixels in _DEPTH_ENCODINGS or packed or named)

    @property
    def is_picture(self) -> bool:
        """Whether there are pictures to be looked at: images but not depth."""
        return self.is_image and not self.is_depth

    @property
    def is_known_picture(self) -> bool:
        """Whether the pictures have an encoding that `decode_image` knows."""
        known = self.type == COMPRESSED_IMAGE_TYPE or self.encoding in COLOUR_ENCODINGS
        return self.is_picture and known

    def __str__(self) -> str:
        return f'{self.name} ({self.encoding or self.type}, {self.count} messages)'


def transport_of(name: str) -> str:
    """Return the suffix that image_transport put on a topic's name, or ''."""
    last = name.rpartition('/')[2]
    return last if last in _TRANSPORTS else ''


def base_name(name: str) -> str:
    """Return the topic's name without the suffix of image_transport."""
    return name.rpartition('/')[0] if transport_of(name) else name


def choose_image_topic(topics: Sequence[Topic], wanted: str | None = None) -> Topic:
    """Return the colour topic: `wanted`, or the only camera there is.

    Of a camera's raw and compressed topics the raw one is taken; grey images are a choice only
    where no topic has colours, and unknown encodings where nothing else is there.

    Raises
    ------
    RecordingError : `wanted` is not there or carries no image, no topic has images, or several
        cameras do; the message lists what there is.
    """
    pictures = [topic for topic in topics if topic.is_picture]
    if wanted is not None:
        return _named(topics, wanted, 'image', pictures)
    known = [topic for topic in pictures if topic.is_known_picture]
    in_colour = [topic for topic in known if topic.pixels not in _GREY_ENCODINGS]
    return _only(in_colour or known or pictures, topics, 'colour image', '--image-topic')


def choose_depth_topic(topics: Sequence[Topic], wanted: str | None = None) -> Topic:
    """Return the depth topic: `wanted`, or the only one there is.

    Raises
    ------
    RecordingError : as `choose_image_topic`.
    """
    if wanted is not None:
        return _named(topics, wanted, 'depth image', [t for t in topics if t.is_image])
    candidates = [topic for topic in topics if topic.is_depth]
    return _only(candidates, topics, 'depth image', '--depth-topic')


def choose_camera_info_topic(
    topics: Sequence[Topic], image: Topic, wanted: str | None = None
) -> Topic | None:
    """Return the camera_info topic: `wanted`, or `camera_info` beside the image topic, or None.

    Raises
    ------
    RecordingError : `wanted` is not there or carries no camera_info.
    """
    candidates = [topic for topic in topics if topic.type == CAMERA_INFO_TYPE and topic.count]
    if wanted is not None:
        return _named(topics, wanted, 'camera_info', candidates)
    sibling = f'{base_name(image.name).rpartition("/")[0]}/camera_info'
    return next((topic for topic in candidates if topic.name == sibling), None)


def _named(topics: Sequence[Topic], wanted: str, what: str, candidates: list[Topic]) -> Topic:
    for topic in candidates:
        if topic.name.strip('/') == wanted.strip('/'):
            return topic
    exists = any(topic.name.strip('/') == wanted.strip('/') for topic in topics)
    problem = f'carries no {what}' if exists else 'is not in the recording'
    raise RecordingError(f'topic {wanted} {problem}; {what} topics are: {_listed(candidates)}')


def _only(candidates: list[Topic], topics: Sequence[Topic], what: str, option: str) -> Topic:
    raw = {topic.name for topic in candidates if not transport_of(topic.name)}
    cameras = [
        topic
        for topic in candidates
        if not transport_of(topic.name) or base_name(topic.name) not in raw
    ]
    if len(cameras) == 1:
        return cameras[0]
    if not cameras:
        raise RecordingError(f'no topic with a {what}; topics are: {_listed(topics)}')
    raise RecordingError(
        f'{len(cameras)} topics with a {what}; choose one with {option}: {_listed(cameras)}'
    )


def _listed(topics: Sequence[Topic]) -> str:
    return ', '.join(str(topic) for topic in topics) or 'none'
