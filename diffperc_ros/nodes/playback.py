# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A recording's camera, played over ROS: the recorded bytes, at the recorded pace."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.recordings.bags import open_bag
from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.recordings.topics import (
    COMPRESSED_IMAGE_TYPE,
    base_name,
    choose_camera_info_topic,
    choose_image_topic,
)

NANOSECONDS = 1e9


@dataclass(frozen=True)
class CameraTopics:
    """The camera of a recording.

    Parameters
    ----------
    recorded : topic of its images as recorded.
    compressed : whether they are sensor_msgs/CompressedImage.
    camera_info : topic of its camera_info; None when there is none.
    """

    recorded: str
    compressed: bool
    camera_info: str | None

    @property
    def image(self) -> str:
        """Topic of the raw images, from which compressed ones derive their name."""
        return base_name(self.recorded)


class Camera(Protocol):
    """Where recorded messages go."""

    def publish(self, topic: str, data: bytes) -> None:
        """Publish a serialized message."""

    def spin_until(self, time_s: float) -> None:
        """Let ROS work until this time of the monotonic clock."""


def camera_topics(recording: Path, image_topic: str | None = None) -> CameraTopics:
    """Return the camera to play: `image_topic`, or the only one there is.

    Raises
    ------
    RecordingError : as `choose_image_topic`.
    """
    with open_recording(recording) as opened:
        image = choose_image_topic(opened.topics, image_topic)
        info = choose_camera_info_topic(opened.topics, image)
    return CameraTopics(
        image.name, image.type == COMPRESSED_IMAGE_TYPE, info.name if info else None
    )


def play(recording: Path, topics: CameraTopics, camera: Camera, seconds: float) -> None:
    """Publish the camera's messages at the times, relative to each other, of their recording.

    Parameters
    ----------
    recording : ROS 2 recording; its messages are published without being decoded.
    topics : from `camera_topics`.
    camera : publishes them.
    seconds : of the recording that are played at most.

    Raises
    ------
    RecordingError : a ROS 1 recording, whose bytes mean nothing to ROS 2.
    """
    names = {topics.recorded, topics.camera_info}
    with open_bag(recording) as bag:
        if not bag.reader.is2:
            raise RecordingError(
                f'{recording}: a ROS 1 recording cannot be played into ROS 2 as it is; convert it '
                'with rosbags-convert first'
            )
        connections = [one for one in bag.reader.connections if one.topic in names]
        start_s, first_ns = time.monotonic(), None
        for connection, receive_ns, data in bag.reader.messages(connections):
            first_ns = receive_ns if first_ns is None else first_ns
            offset_s = (receive_ns - first_ns) / NANOSECONDS
            if offset_s > seconds:
                return
            camera.spin_until(start_s + offset_s)
            camera.publish(connection.topic, bytes(data))
