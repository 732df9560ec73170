# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Depth of a picture that another node has measured or computed."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image

from diffperc_ros.core.errors import CameraError
from diffperc_ros.core.frame import Stamp
from diffperc_ros.core.results import DepthImage
from diffperc_ros.nodes import qos
from diffperc_ros.nodes.camera.pairing import CameraInfoPairing
from diffperc_ros.nodes.messages import stamp_of_message
from diffperc_ros.recordings.camera_info import camera_of_message
from diffperc_ros.recordings.images import decode_depth

WINDOW_S = 0.5
QUEUED = 10


class DepthSource:
    """Listens to depth images and their camera_info, and finds those of a stamp.

    A frame waits for its depth as `CameraInfoPairing` does, but longer: depth takes an inference.
    """

    def __init__(self, node: Node, topic: str) -> None:
        self._node = node
        self._depths = CameraInfoPairing(WINDOW_S)
        self._infos = CameraInfoPairing()
        topic = node.resolve_topic_name(topic)
        info_topic = f'{topic.rpartition("/")[0]}/camera_info'
        quality = qos.profile(QUEUED, reliable=False)
        self._subscriptions: list[Any] = [
            qos.subscribe(node, Image, topic, self._on_depth, quality),
            qos.subscribe(node, CameraInfo, info_topic, self._on_info, quality),
        ]

    def close(self) -> None:
        """Stop listening; whoever waits in `find` goes on."""
        for pairing in (self._depths, self._infos):
            pairing.close()
        while self._subscriptions:
            self._node.destroy_subscription(self._subscriptions.pop())

    def find(self, stamp: Stamp) -> DepthImage | None:
        """Return the depth with exactly this stamp; None where there is none, or no camera.

        Raises
        ------
        FrameError : the image is no depth image.
        CameraError : its camera_info is unusable, or is for another size.
        """
        depth, info = self._depths.find(stamp), self._infos.find(stamp)
        if depth is None or not depth.exact or info is None or not info.exact:
            return None
        values, camera = decode_depth(depth.info), camera_of_message(info.info)
        if (camera.height, camera.width) != values.shape:
            raise CameraError(
                f'camera_info of depth is for {camera.width}x{camera.height} pixels but the image '
                f'has {values.shape[1]}x{values.shape[0]}'
            )
        return DepthImage(values, 'metric', stamp, depth.info.header.frame_id, camera)

    def _on_depth(self, message: Image) -> None:
        self._depths.add(stamp_of_message(message), message)

    def _on_info(self, message: CameraInfo) -> None:
        self._infos.add(stamp_of_message(message), message)
