# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the values of a mask mean, told before the first mask that uses them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from rclpy.node import Node
from std_msgs.msg import Header

from diffperc_ros.nodes.publishing.outputs import Outputs
from diffperc_ros.nodes.publishing.vision_messages import label_info


class LabelOutput:
    """Publishes a latched LabelInfo whenever the meaning of the mask changes.

    Parameters
    ----------
    node : whose clock stamps the changes.
    outputs : where the topic is advertised.
    topic : beside the mask's.
    messages : vision_msgs.msg; without it nothing is advertised.
    """

    def __init__(self, node: Node, outputs: Outputs, topic: str, messages: Any | None) -> None:
        self._node = node
        self._messages = messages
        self._told: tuple[dict[int, str], float] | None = None
        self._lock = threading.Lock()
        self._publisher = outputs.latch(messages.LabelInfo, topic) if messages else None

    def tell(self, names: Mapping[int, str], threshold: float) -> None:
        """Publish the meaning unless it has been told already; called from any thread.

        Parameters
        ----------
        names : value in the mask -> name.
        threshold : probability below which a pixel is not labelled.
        """
        with self._lock:
            meaning = (dict(names), threshold)
            if self._publisher is None or meaning == self._told:
                return
            self._told = meaning
            header = Header(stamp=self._node.get_clock().now().to_msg())
            self._publisher.publish(label_info(self._messages, header, names, threshold))
