# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The topics that one task publishes for one camera: advertised and withdrawn together."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from rclpy.lifecycle import LifecycleNode
from rclpy.qos import QoSProfile
from std_msgs.msg import Header, String

from diffperc_ros.nodes import qos
from diffperc_ros.nodes.camera.names import under
from diffperc_ros.nodes.messages import ImageMessage

NUMBER_KEPT = 2


class ImageOutput:
    """One topic of images.

    Parameters
    ----------
    publisher : of sensor_msgs/Image.
    encoding : of `ImageMessage`.
    """

    def __init__(self, publisher: Any, encoding: str) -> None:
        self._publisher = publisher
        self._message = ImageMessage(encoding)

    def listeners(self) -> int:
        """Count the subscribers."""
        return int(self._publisher.get_subscription_count())

    def publish(self, header: Header, pixels: Any) -> None:
        """Publish pixels as `ImageMessage.filled` takes them."""
        self._publisher.publish(self._message.filled(header, pixels))


class Outputs(ABC):
    """Publishers of one task for one camera.

    Parameters
    ----------
    node : advertises them. Results are silent while it is not active; what is latched is not.
    camera : name that stands before all topics.
    """

    def __init__(self, node: LifecycleNode, camera: str) -> None:
        self._node = node
        self._camera = camera
        self._provenance: Any = None
        self._results: list[Any] = []
        self._latched: list[Any] = []

    @property
    def topics(self) -> list[str]:
        """Resolved names of all that is published for each frame."""
        return [publisher.topic_name for publisher in self._results]

    def advertise(self, kind: type, topic: str, *, for_people: bool = False) -> Any:
        """Advertise a result: reliable, which suits every subscriber.

        Parameters
        ----------
        kind, topic : of the messages.
        for_people : best effort; a picture that is lost is no loss.
        """
        quality = qos.profile(1 if for_people else NUMBER_KEPT, reliable=not for_people)
        publisher = self._created(self._node.create_lifecycle_publisher, kind, topic, quality)
        self._results.append(publisher)
        return publisher

    def latch(self, kind: type, topic: str) -> Any:
        """Advertise what late subscribers get too."""
        quality = qos.profile(1, reliable=True, latched=True)
        publisher = self._created(self._node.create_publisher, kind, topic, quality)
        self._latched.append(publisher)
        return publisher

    def publish_provenance(self, topic: str, content: Mapping[str, Any]) -> None:
        """Publish what computes the results, as JSON, for late subscribers too."""
        if self._provenance is None:
            self._provenance = self.latch(String, topic)
        self._provenance.publish(String(data=json.dumps(content)))

    @abstractmethod
    def listeners(self) -> int:
        """Count the subscribers of what takes an inference to make."""

    def close(self) -> None:
        """Withdraw everything."""
        for publisher in self._results:
            self._node.destroy_lifecycle_publisher(publisher)
        for publisher in self._latched:
            self._node.destroy_publisher(publisher)
        self._results, self._latched, self._provenance = [], [], None

    def _created(
        self, create: Callable[..., Any], kind: type, topic: str, quality: QoSProfile
    ) -> Any:
        try:
            return qos.advertise(self._node, create, kind, under(self._camera, topic), quality)
        except Exception:
            self.close()  # nobody else knows of those that were made before
            raise
