# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The topics of the depth node: what is advertised for a bundle, and one frame's results on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header, String

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.results import depth_to_millimetres
from diffperc_ros.core.transforms import ImageTransform
from diffperc_ros.nodes import qos
from diffperc_ros.nodes.messages import ImageMessage, coloured_depth, depth_camera_info


class DepthOutputs:
    """Publishers of depth, its camera_info, its overlay, and where it came from.

    Parameters
    ----------
    node : advertises them; they are silent while it is not active, but for the provenance.
    metric : whether depth has a scale; if not, depth/relative takes the place of
        depth/image_rect and depth/camera_info.
    encoding : of metric depth, '32FC1' or '16UC1'.
    """

    def __init__(self, node: LifecycleNode, *, metric: bool, encoding: str) -> None:
        self._node = node
        self._publishers: list[Any] = []
        self._latched: list[Any] = []
        self._encoding = encoding if metric else '32FC1'
        self._depth_message = ImageMessage(self._encoding)
        self._overlay_message = ImageMessage('rgb8')
        self.metric = metric
        results = qos.profile(2, reliable=True)
        self._info = self._advertise(CameraInfo, 'depth/camera_info', results) if metric else None
        name = 'depth/image_rect' if metric else 'depth/relative'
        self._depth = self._advertise(Image, name, qos.profile(2, reliable=True))
        self._overlay = self._advertise(Image, 'depth/overlay', qos.profile(1, reliable=False))

    @property
    def topics(self) -> list[str]:
        """Resolved names of all that is published for each frame."""
        return [publisher.topic_name for publisher in self._publishers]

    def listeners(self) -> int:
        """Count the subscribers of images; camera_info alone is worth no inference."""
        return sum(image.get_subscription_count() for image in (self._depth, self._overlay))

    def publish_provenance(self, content: Mapping[str, Any]) -> None:
        """Publish what computes the depth, as JSON, for late subscribers too."""
        quality = qos.profile(1, reliable=True, latched=True)
        publisher = qos.advertise(
            self._node, self._node.create_publisher, String, 'depth/provenance', quality
        )
        self._latched.append(publisher)
        publisher.publish(String(data=json.dumps(content)))

    def publish_depth(self, header: Header, values: NDArray[np.float32]) -> None:
        """Publish a depth image.

        Parameters
        ----------
        header : of the image it was computed from.
        values : float32 (height, width), value rules of `DepthImage`.
        """
        millimetres = self._encoding == '16UC1'
        pixels = depth_to_millimetres(values) if millimetres else values
        self._depth.publish(self._depth_message.filled(header, pixels))

    def publish_info(
        self,
        header: Header,
        camera: Camera,
        transform: ImageTransform,
        unrectified: CameraInfo | None,
    ) -> None:
        """Publish the camera_info of metric depth; arguments as of `depth_camera_info`."""
        if self._info is not None:
            self._info.publish(depth_camera_info(header, camera, transform, unrectified))

    def publish_overlay(
        self, header: Header, values: NDArray[np.float32], between: tuple[float, float]
    ) -> None:
        """Publish depth as colours between two distances, if anybody looks."""
        if self._overlay.get_subscription_count() > 0:
            colours = coloured_depth(values, *between)
            self._overlay.publish(self._overlay_message.filled(header, colours))

    def close(self) -> None:
        """Withdraw everything."""
        for publisher in self._publishers:
            self._node.destroy_lifecycle_publisher(publisher)
        for publisher in self._latched:
            self._node.destroy_publisher(publisher)
        self._publishers, self._latched = [], []

    def _advertise(self, kind: type, topic: str, quality: Any) -> Any:
        create = self._node.create_lifecycle_publisher
        publisher = qos.advertise(self._node, create, kind, topic, quality)
        self._publishers.append(publisher)
        return publisher
