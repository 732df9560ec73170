# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Stands opposite a node: plays its camera, listens to its answers, counts and times both."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from numpy.typing import NDArray
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from diffperc_ros.core.frame import Stamp
from diffperc_ros.nodes import qos
from diffperc_ros.nodes.messages import stamp_of_message, stamp_of_serialized
from diffperc_ros.nodes.playback import CameraTopics

DEPTH, RELATIVE, DEPTH_INFO = 'depth/image_rect', 'depth/relative', 'depth/camera_info'
MASKS = {'segmentation': 'segmentation/mask', 'query': 'query/mask'}


@dataclass
class Traffic:
    """Messages of one topic.

    Parameters
    ----------
    name : of the topic.
    times : monotonic clock, seconds, of every message.
    """

    name: str
    times: list[float] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Number of messages."""
        return len(self.times)

    @property
    def rate_hz(self) -> float:
        """Messages a second between the first and the last."""
        if self.count < 2:
            return 0.0
        return (self.count - 1) / (self.times[-1] - self.times[0])


class Witness:
    """Publishes a recorded camera and notes what comes back.

    Parameters
    ----------
    topics : of the camera.
    tasks : whose answers are listened to.
    node_name : of the node opposite.
    """

    def __init__(
        self,
        topics: CameraTopics,
        tasks: Sequence[str] = ('depth',),
        node_name: str = 'depth_node',
    ) -> None:
        self._node = rclpy.create_node('ros_demo')
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self._node)
        self._topics = topics
        self.images = Traffic(topics.recorded)
        self.infos = Traffic(topics.camera_info or 'no camera_info')
        depth = RELATIVE if topics.camera_info is None else DEPTH
        names = {'depth': depth, **MASKS}
        self.answers = {task: Traffic(names[task]) for task in tasks}
        self.depth_info = Traffic(DEPTH_INFO)
        self.values: dict[str, str] = {}
        self.last: dict[str, NDArray[Any]] = {}
        """Task -> values of its last answer."""
        self._status_name = f'/{node_name}: inference'
        self._answered: Counter[Stamp] = Counter()
        self._sent_s: dict[Stamp, float] = {}
        self._latencies_ms: list[float] = []
        quality = qos.profile(10, reliable=True)
        kind = CompressedImage if topics.compressed else Image
        create = self._node.create_publisher
        self._publishers = {topics.recorded: create(kind, topics.recorded, quality)}
        if topics.camera_info is not None:
            self._publishers[topics.camera_info] = create(CameraInfo, topics.camera_info, quality)
        subscribe = self._node.create_subscription
        for task, answers in self.answers.items():
            subscribe(Image, answers.name, partial(self._on_answer, task), quality)
        subscribe(CameraInfo, DEPTH_INFO, self._on_depth_info, quality)
        subscribe(DiagnosticArray, '/diagnostics', self._on_diagnostics, 10)

    def close(self) -> None:
        """Leave."""
        self._executor.shutdown()
        self._node.destroy_node()

    def is_ready(self) -> bool:
        """Whether the node listens to the camera and knows that it is listened to."""
        heard = all(one.get_subscription_count() > 0 for one in self._publishers.values())
        return heard and int(self.values.get('subscribers', 0)) >= len(self.answers)

    def is_refused(self) -> bool:
        """Whether the node says that it cannot do what was asked."""
        return self.values.get('state') == 'unconfigured' and bool(self.last_error())

    def last_error(self) -> str:
        """Return the node's last error, '' for none."""
        error = self.values.get('last_error', '')
        return '' if error == 'none' else error

    def has_settled(self) -> bool:
        """Whether the node accounts for every image, and what it answered has arrived."""
        answered, *dropped = (
            int(self.values.get(key, 0)) for key in ('frames_out', 'dropped_busy', 'dropped_bad')
        )
        arrived = all(answers.count >= answered for answers in self.answers.values())
        return arrived and answered + sum(dropped) >= self.images.count

    def wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Let ROS work until the condition holds; return whether it did in time."""
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            self._executor.spin_once(timeout_sec=0.05)
        return condition()

    def spin_until(self, time_s: float) -> None:
        """Let ROS work until this time of the monotonic clock."""
        while (left := time_s - time.monotonic()) > 0:
            self._executor.spin_once(timeout_sec=left)

    def publish(self, topic: str, data: bytes) -> None:
        """Publish a serialized message of the camera."""
        now = time.monotonic()
        if topic == self._topics.recorded:
            self._sent_s[stamp_of_serialized(data)] = now
            self.images.times.append(now)
        else:
            self.infos.times.append(now)
        self._publishers[topic].publish(data)

    def latency_ms(self) -> tuple[float, float] | None:
        """Return median and 95th percentile from an image's publishing to its last answer."""
        if not self._latencies_ms:
            return None
        middle, high = np.percentile(self._latencies_ms, [50, 95])
        return float(middle), float(high)

    def _on_answer(self, task: str, message: Image) -> None:
        now = time.monotonic()
        self.answers[task].times.append(now)
        stamp = stamp_of_message(message)
        self._answered[stamp] += 1
        if stamp in self._sent_s and self._answered[stamp] == len(self.answers):
            self._latencies_ms.append(1000 * (now - self._sent_s[stamp]))
        kind = np.float32 if task == 'depth' else np.uint8
        self.last[task] = np.frombuffer(message.data, kind)

    def _on_depth_info(self, _message: CameraInfo) -> None:
        self.depth_info.times.append(time.monotonic())

    def _on_diagnostics(self, message: Any) -> None:
        for status in message.status:
            if status.name.endswith(self._status_name):
                self.values = {pair.key: pair.value for pair in status.values}
