# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One camera of a node: what comes from it, and what became of that."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import Any

from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image

from diffperc_ros.core.errors import CameraError, DiffpercError, FrameError
from diffperc_ros.core.frame import NANOSECONDS, Frame, Stamp
from diffperc_ros.nodes import qos
from diffperc_ros.nodes.abstract_node import AbstractImageNode
from diffperc_ros.nodes.camera.bridge import image_of_message
from diffperc_ros.nodes.camera.mailbox import Mailbox
from diffperc_ros.nodes.camera.names import under
from diffperc_ros.nodes.camera.picture import Picture, Values
from diffperc_ros.nodes.camera.selection import StampGrid
from diffperc_ros.nodes.camera.source import CameraSource, InputTopics
from diffperc_ros.nodes.camera.statistics import FrameStatistics
from diffperc_ros.nodes.messages import stamp_of_message, stamp_of_serialized

EVERY_CAPACITY = 100
MESSAGE_PAUSE_S = 5.0


@dataclass(frozen=True)
class Arrival:
    """A serialized image, with the parameters as they were when it came."""

    camera: CameraInput
    data: bytes
    stamp: Stamp
    values: Values


class CameraInput:
    """Listens to one camera and leaves its images in the node's mailbox.

    Parameters
    ----------
    node : that subscribes.
    name : of the camera; its topics stand under it.

    Attributes
    ----------
    failure : why the last image came to nothing; '' where it did not.
    incomplete : why an answer to the last image is missing; '' where none is.
    """

    def __init__(self, node: AbstractImageNode, name: str) -> None:
        self.name = name
        self.topics: InputTopics | None = None
        self.source = CameraSource(node)
        self.statistics = FrameStatistics()
        self.failure = self.incomplete = self.last_error = ''
        self.encoding = self.size = self.frame_id = ''
        self.stamp_status = 'ok'
        self._node = node
        self._grid = StampGrid()
        self._mailbox: Mailbox[Arrival] | None = None
        self._subscription: Any = None
        self._refused_encodings: set[str] = set()
        self._said_frame_id = False

    @property
    def is_subscribed(self) -> bool:
        """Whether the node listens to the camera's images now."""
        return self._subscription is not None

    def start(self, topics: InputTopics, mailbox: Mailbox[Arrival]) -> None:
        """Listen to camera_info; images follow where somebody listens to what is made of them."""
        self.statistics.reset()
        self.failure = self.incomplete = self.last_error = ''
        self.topics, self._mailbox = topics, mailbox
        self._grid = StampGrid()
        self.source.start(topics)

    def stop(self) -> None:
        """Listen no more; whoever waits for a camera_info goes on. May be called twice."""
        self._unsubscribe()
        self.source.stop()
        self._mailbox = None

    def follow_listeners(self) -> None:
        """Listen to images, or cease to, as `keep_warm` wants."""
        values = self._node.parameters.values()
        idle = not values['keep_warm'] and self._node.listeners(self.name) == 0
        if self.topics is None or self._mailbox is None or idle:
            self._unsubscribe()
        elif self._subscription is None:
            every, raw = values['frame_policy'] == 'every', values['image_transport'] == 'raw'
            self._subscription = qos.subscribe(
                self._node,
                Image if raw else CompressedImage,
                # A relative name takes part in remapping; a derived one has been remapped.
                under(self.name, 'image_rect') if raw else self.topics.subscribed,
                self._on_image,
                qos.profile(EVERY_CAPACITY if every else 1, reliable=False),
                raw=True,
                on_lost=lambda number: self.statistics.count('lost_by_middleware', number),
            )

    def picture(self, arrival: Arrival, *, wants_camera: bool) -> Picture:
        """Return the image of an arrival, decoded, with its camera where that is wanted.

        Raises
        ------
        FrameError : the message holds no image that is understood.
        """
        raw = arrival.values['image_transport'] == 'raw'
        message = deserialize_message(arrival.data, Image if raw else CompressedImage)
        self.encoding = getattr(message, 'encoding', None) or message.format
        image = image_of_message(message)
        size = (int(image.shape[1]), int(image.shape[0]))
        self.size = f'{size[0]}x{size[1]}'
        self.frame_id = message.header.frame_id
        stamp = stamp_of_message(message)
        view, problem = None, None
        if wants_camera:
            try:
                view = self.source.view(stamp, size)
            except CameraError as error:
                problem = error
        else:
            self.source.status = 'unused'
        self._judge_frame_id()
        frame = Frame(image, stamp, self.frame_id, view.camera if view else None)
        return Picture(frame, message.header, view, problem, camera=self.name)

    def is_old(self, arrival: Arrival) -> bool:
        """Whether an image has waited longer than `max_input_age_s`; notes what its stamp is."""
        age = self.age_s(arrival.stamp)
        if arrival.stamp.nanoseconds == 0:
            self.stamp_status = 'zero'
        else:
            self.stamp_status = 'old' if age > 10 else 'future' if age < -0.1 else 'ok'
        limit = arrival.values['max_input_age_s']
        return bool(limit > 0 and age > limit)

    def age_s(self, stamp: Stamp) -> float:
        """Return the time since a stamp, by the node's clock."""
        now = self._node.get_clock().now().nanoseconds
        return float(now - stamp.nanoseconds) / NANOSECONDS

    def drop(self, error: Exception) -> None:
        """Count and report a frame that came to nothing."""
        self.statistics.count('dropped_bad')
        self.complain(error)
        self.failure = self.last_error

    def complain(self, error: Exception) -> None:
        """Say, but not too often, what went wrong with a frame."""
        text = str(error) or type(error).__name__
        self.last_error = f'{self.name}: {text}' if self.name else text
        self._node.last_error = self.last_error
        logger = self._node.get_logger()
        if isinstance(error, CameraError):
            logger.warning(self.last_error, throttle_duration_sec=MESSAGE_PAUSE_S)
        elif isinstance(error, FrameError):
            if self.encoding not in self._refused_encodings:
                self._refused_encodings.add(self.encoding)
                logger.error(self.last_error)
        elif isinstance(error, DiffpercError):
            logger.error(self.last_error, throttle_duration_sec=MESSAGE_PAUSE_S)
        else:
            trace = ''.join(traceback.format_exception(error))
            logger.error(f'frame dropped:\n{trace}', throttle_duration_sec=MESSAGE_PAUSE_S)

    def _on_image(self, data: bytes) -> None:
        self.statistics.count('frames_in')
        mailbox = self._mailbox
        if mailbox is None:
            return
        try:
            stamp = stamp_of_serialized(data)
        except FrameError as error:
            self.drop(error)
            return
        values = self._node.parameters.values()
        if not self._grid.accepts(stamp, values['max_rate_hz']):
            self.statistics.count('skipped_rate')
        elif not self._node.enabled or self._node.listeners(self.name) == 0:
            self.statistics.count('skipped_idle')
        elif mailbox.put(Arrival(self, data, stamp, values), self.name):
            self.statistics.count('dropped_busy')

    def _unsubscribe(self) -> None:
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None

    def _judge_frame_id(self) -> None:
        if self._said_frame_id or self.frame_id.endswith(('_optical', '_optical_frame')):
            return
        self._said_frame_id = True
        self._node.get_logger().info(
            f"frame_id '{self.frame_id}' does not end in _optical or _optical_frame; depth and "
            'positions are those of an optical frame (x right, y down, z forward, REP 103)'
        )
