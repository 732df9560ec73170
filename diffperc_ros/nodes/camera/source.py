# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The camera of an image: which topic tells it, which message, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.errors import CameraError, SettingError
from diffperc_ros.core.frame import Stamp
from diffperc_ros.core.transforms import Size
from diffperc_ros.nodes import qos
from diffperc_ros.nodes.camera.names import under
from diffperc_ros.nodes.camera.pairing import CameraInfoPairing
from diffperc_ros.nodes.messages import stamp_of_message
from diffperc_ros.recordings.camera_info import camera_of_message

INFOS_QUEUED = 10


@dataclass(frozen=True)
class View:
    """What is known about the camera of one image.

    Parameters
    ----------
    camera : its intrinsics.
    unrectified : its camera_info, when the image still bears the lens distortion it tells.
    """

    camera: Camera
    unrectified: CameraInfo | None = None


@dataclass(frozen=True)
class InputTopics:
    """Resolved names of what a node listens to.

    Parameters
    ----------
    image : topic of the raw image, also where the compressed one is used.
    subscribed : topic that is subscribed to.
    camera_info : topic of its camera_info.
    """

    image: str
    subscribed: str
    camera_info: str


def input_topics(node: Node, transport: str, camera: str) -> InputTopics:
    """Return the topics of a camera after remapping.

    camera_info is the sibling of the image topic as it was remapped, which is where every C++
    consumer looks for it, unless `camera_info` was remapped itself.

    Raises
    ------
    SettingError : the image topic was remapped to its compressed form.
    """
    image = node.resolve_topic_name(under(camera, 'image_rect'))
    if image.endswith('/compressed'):
        raise SettingError(
            f"image topic '{image}': give the topic without '/compressed' and set "
            "image_transport to 'compressed'"
        )
    info_name = under(camera, 'camera_info')
    info = node.resolve_topic_name(info_name)
    if info == node.resolve_topic_name(info_name, only_expand=True):
        info = f'{image.rpartition("/")[0]}/camera_info'
    return InputTopics(image, image if transport == 'raw' else f'{image}/compressed', info)


class CameraSource:
    """Listens to camera_info while the node is active and answers for each image.

    `status` is 'ok', 'unpaired' (no camera_info bears the image's stamp; the latest is used),
    'missing', 'invalid', 'size_mismatch', or 'unused'. `rectified` is 'yes', 'suspect' or
    'unknown'.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._pairing = CameraInfoPairing()
        self._subscription: Any = None
        self._topics: InputTopics | None = None
        self.status = 'missing'
        self.rectified = 'unknown'

    def start(self, topics: InputTopics) -> None:
        """Subscribe."""
        self.status, self.rectified = 'missing', 'unknown'
        self._topics = topics
        self._pairing = CameraInfoPairing()
        self._subscription = qos.subscribe(
            self._node,
            CameraInfo,
            topics.camera_info,
            lambda info: self._pairing.add(stamp_of_message(info), info),
            qos.profile(INFOS_QUEUED, reliable=False),
        )

    def stop(self) -> None:
        """Unsubscribe; whoever waits in `view` goes on."""
        self._pairing.close()
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None

    def view(self, stamp: Stamp, size: Size) -> View:
        """Return the camera of the image with this stamp and size, waiting for it a short while.

        Raises
        ------
        CameraError : there is no camera_info, it is unusable, or it describes another size.
        """
        pair = self._pairing.find(stamp)
        if pair is None:
            self.status = 'missing'
            topic = self._topics.camera_info if self._topics else 'camera_info'
            raise CameraError(
                f"no camera_info has come on '{topic}', and without it depth has no scale; "
                'publish it beside the image, or remap camera_info'
            )
        try:
            camera = camera_of_message(pair.info)
        except CameraError:
            self.status = 'invalid'
            raise
        if (camera.width, camera.height) != size:
            self.status = 'size_mismatch'
            raise CameraError(
                f'camera_info is for {camera.width}x{camera.height} pixels but the image has '
                f'{size[0]}x{size[1]}; publish the camera_info of this image'
            )
        self.status = 'ok' if pair.exact else 'unpaired'
        return View(camera, pair.info if self._is_suspect(camera) else None)

    def _is_suspect(self, camera: Camera) -> bool:
        """Whether the image probably still has its lens distortion; said aloud once."""
        name = self._topics.image.rpartition('/')[2] if self._topics else ''
        suspect = not camera.is_rectified and 'rect' not in name
        if suspect and self.rectified != 'suspect':
            self._node.get_logger().warning(
                f"'{name}' looks unrectified: its camera_info has distortion coefficients "
                f'{camera.distortion}; depth is that of a rectified image, subscribe to image_rect'
            )
        self.rectified = 'suspect' if suspect else 'yes'
        return suspect
