# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera and a listener in the test's own process, opposite a node under test."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import ChangeState, GetState
from numpy.typing import NDArray
from rcl_interfaces.msg import Parameter, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile, qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, Image

from diffperc_ros.core.frame import Stamp
from support.ros import PATIENCE_S, wait_until

FOCAL_LENGTH = 90.0
ASK_AGAIN_S = 5.0
START_NS = 1_760_000_000_000_000_000


def grey_image(grey: int, width: int = 96, height: int = 72) -> NDArray[np.uint8]:
    """Return an image of one grey."""
    return np.full((height, width, 3), grey, np.uint8)


def image_message(
    pixels: NDArray[np.uint8], stamp_ns: int, encoding: str = 'rgb8', frame_id: str = 'optical'
) -> Image:
    """Return an image message of (height, width, 3) pixels."""
    height, width = pixels.shape[:2]
    message = Image(height=height, width=width, encoding=encoding, step=pixels.nbytes // height)
    message.data = array('B', pixels.tobytes())
    fill_header(message.header, stamp_ns, frame_id)
    return message


def info_message(
    width: int, height: int, stamp_ns: int, focal: float = FOCAL_LENGTH
) -> CameraInfo:
    """Return the camera_info of a rectified camera that looks straight ahead."""
    message = CameraInfo(width=width, height=height, distortion_model='plumb_bob')
    message.d = [0.0] * 5
    cx, cy = (width - 1) / 2, (height - 1) / 2
    message.k = [focal, 0.0, cx, 0.0, focal, cy, 0.0, 0.0, 1.0]
    message.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    message.p = [focal, 0.0, cx, 0.0, 0.0, focal, cy, 0.0, 0.0, 0.0, 1.0, 0.0]
    fill_header(message.header, stamp_ns, 'optical')
    return message


def fill_header(header: Any, stamp_ns: int, frame_id: str) -> None:
    """Write stamp and frame into a header."""
    stamp = Stamp.from_nanoseconds(stamp_ns)
    header.stamp.sec, header.stamp.nanosec = stamp.sec, stamp.nanosec
    header.frame_id = frame_id


def stamp_ns(message: Any) -> int:
    """Return the header stamp in nanoseconds."""
    return int(message.header.stamp.sec) * 10**9 + int(message.header.stamp.nanosec)


def pixels_of(message: Image) -> NDArray[Any]:
    """Return the values of a depth image, mask or overlay."""
    kinds = {'32FC1': np.float32, '16UC1': np.uint16, 'rgb8': np.uint8, 'mono8': np.uint8}
    kind = kinds[message.encoding]
    shape = (message.height, message.width, 3)[: 3 if message.encoding == 'rgb8' else 2]
    return np.frombuffer(message.data, kind).reshape(shape)


class Peer:
    """Publishes a camera and collects what a node answers.

    Parameters
    ----------
    namespace : of the camera and of the node.
    node_name : of the node under test.
    """

    def __init__(self, namespace: str = '', node_name: str = 'depth_node') -> None:
        self.node = rclpy.create_node('peer', namespace=namespace or None)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.node)
        prefix = f'{namespace}/{node_name}'
        self._prefix = prefix if prefix.startswith('/') else f'/{prefix}'
        self.received: dict[str, list[Any]] = {}
        self._subscriptions: dict[str, Any] = {}
        self.status: Any = None
        self.reports = 0
        self.node.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, 10)

    def close(self) -> None:
        """Leave."""
        self._executor.shutdown()
        self.node.destroy_node()

    def camera(
        self, quality: QoSProfile = qos_profile_sensor_data, topic: str = 'image_rect'
    ) -> Camera:
        """Return a camera that publishes with this quality of service."""
        return Camera(self, quality, topic)

    def listen(self, kind: type, topic: str, quality: QoSProfile | int = 10) -> list[Any]:
        """Subscribe and return the list that messages will be appended to."""
        messages = self.received.setdefault(topic, [])
        subscription = self.node.create_subscription(kind, topic, messages.append, quality)
        self._subscriptions[topic] = subscription
        return messages

    def listen_to(self, kind: type, topic: str, quality: QoSProfile | int) -> Peer:
        """Subscribe likewise and return the peer."""
        self.listen(kind, topic, quality)
        return self

    def stop_listening(self, topic: str) -> None:
        """Unsubscribe."""
        self.node.destroy_subscription(self._subscriptions.pop(topic))

    def wait(self, condition: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
        """Let ROS work until the condition holds."""
        return wait_until(condition, what, self.spin, patience_s)

    def spin(self) -> None:
        """Let ROS work for a moment."""
        self.spin_once(0.02)

    def spin_once(self, seconds: float) -> None:
        """Wait at most this long for one thing to do, and do it."""
        self._executor.spin_once(timeout_sec=seconds)

    def value(self, key: str) -> str:
        """Return a value of the node's last diagnostics; '' before there are any."""
        if self.status is None:
            return ''
        return next((pair.value for pair in self.status.values if pair.key == key), '')

    def wait_for_value(self, key: str, value: str) -> None:
        """Wait for the diagnostics to say so."""
        self.wait(lambda: self.value(key) == value, f'{key} == {value} in diagnostics')

    def call(self, kind: type, service: str, request: Any, *, repeatable: bool = False) -> Any:
        """Call a service of the node and return the answer.

        Parameters
        ----------
        kind, service, request : what is called.
        repeatable : whether it may be called again where no answer comes. A server that has
            heard a new client but not yet found its ear for the answer gives the answer up.
        """
        client = self.node.create_client(kind, f'{self._prefix}/{service}')
        self.wait(client.service_is_ready, f'service {service}')
        futures = [client.call_async(request)]
        again = time.monotonic() + ASK_AGAIN_S

        def answer() -> Any:
            nonlocal again
            if repeatable and time.monotonic() > again:
                futures.append(client.call_async(request))
                again = time.monotonic() + ASK_AGAIN_S
            return next((future.result() for future in futures if future.done()), None)

        found = self.wait(answer, f'answer of {service}')
        self.node.destroy_client(client)
        return found

    def change_state(self, transition: int) -> bool:
        """Ask for a lifecycle transition and return whether it succeeded."""
        request = ChangeState.Request()
        request.transition.id = transition
        return bool(self.call(ChangeState, 'change_state', request).success)

    def state(self) -> str:
        """Return the lifecycle state."""
        request = GetState.Request()
        found = self.call(GetState, 'get_state', request, repeatable=True)
        return str(found.current_state.label)

    def set_parameter(self, name: str, **value: Any) -> Any:
        """Set a parameter, such as `type=3, double_value=1.5`; return the result."""
        parameter = Parameter(name=name, value=ParameterValue(**value))
        request = SetParameters.Request(parameters=[parameter])
        answer = self.call(SetParameters, 'set_parameters', request, repeatable=True)
        return answer.results[0]

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == f'{self._prefix}: inference':
                self.status = status
                self.reports += 1


class Camera:
    """Publishes images with their camera_info, 10 a second by their stamps."""

    def __init__(self, peer: Peer, quality: QoSProfile, topic: str) -> None:
        self._peer = peer
        node = peer.node
        self.images = node.create_publisher(Image, topic, quality)
        sibling = '/'.join([*topic.split('/')[:-1], 'camera_info'])
        self.infos = node.create_publisher(CameraInfo, sibling, quality)
        self.next_ns = START_NS

    def wait_for_node(self, listeners: int = 1) -> None:
        """Wait until the node listens, and knows of this many listeners itself."""
        peer = self._peer
        peer.wait(lambda: self.images.get_subscription_count() > 0, 'subscription to the image')
        peer.wait(lambda: self.infos.get_subscription_count() > 0, 'subscription to camera_info')
        peer.wait_for_value('subscribers', str(listeners))
        # The node learns of the camera a little after the camera learns of the node.
        reports = peer.reports
        peer.wait(lambda: peer.reports > reports + 1, 'diagnostics')

    def close(self) -> None:
        """Leave."""
        for publisher in (self.images, self.infos):
            self._peer.node.destroy_publisher(publisher)

    def publish(self, pixels: NDArray[np.uint8], *, info: CameraInfo | None = None) -> int:
        """Publish one image and its camera_info; return the stamp."""
        stamp = self.next_ns
        self.next_ns += 10**8
        height, width = pixels.shape[:2]
        self.infos.publish(info or info_message(width, height, stamp))
        self.images.publish(image_message(pixels, stamp))
        return stamp

    def publish_until(
        self, condition: Callable[[], Any], pixels: NDArray[np.uint8], what: str
    ) -> None:
        """Publish the image again and again until the condition holds.

        Matching of two ends is not one moment: each end, and each of three topics, learns of it
        on its own, and best effort drops what comes before.
        """
        again = time.monotonic()

        def step() -> None:
            nonlocal again
            if time.monotonic() >= again:
                self.publish(pixels)
                again = time.monotonic() + 0.5
            self._peer.spin()

        wait_until(condition, what, step)
