# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The topics of depth: what is advertised for a bundle, and one frame's results on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.results import depth_to_millimetres
from diffperc_ros.core.transforms import ImageTransform
from diffperc_ros.nodes.messages import output_camera_info
from diffperc_ros.nodes.publishing.outputs import ImageOutput, Outputs
from diffperc_ros.nodes.publishing.overlays import coloured_depth


class DepthOutputs(Outputs):
    """Publishers of depth, its camera_info, its overlay, and where it came from.

    Parameters
    ----------
    node, camera : as of `Outputs`.
    metric : whether depth has a scale; if not, depth/relative takes the place of
        depth/image_rect and depth/camera_info.
    encoding : of metric depth, '32FC1' or '16UC1'.
    """

    def __init__(self, node: LifecycleNode, camera: str, *, metric: bool, encoding: str) -> None:
        super().__init__(node, camera)
        self.metric = metric
        self._encoding = encoding if metric else '32FC1'
        self._info = self.advertise(CameraInfo, 'depth/camera_info') if metric else None
        name = 'depth/image_rect' if metric else 'depth/relative'
        self._depth = ImageOutput(self.advertise(Image, name), self._encoding)
        overlay = self.advertise(Image, 'depth/overlay', for_people=True)
        self._overlay = ImageOutput(overlay, 'rgb8')

    def listeners(self) -> int:
        """Count the subscribers of images; camera_info alone is worth no inference."""
        return self._depth.listeners() + self._overlay.listeners()

    def publish_depth(self, header: Header, values: NDArray[np.float32]) -> None:
        """Publish a depth image.

        Parameters
        ----------
        header : of the image it was computed from.
        values : float32 (height, width), value rules of `DepthImage`.
        """
        millimetres = self._encoding == '16UC1'
        self._depth.publish(header, depth_to_millimetres(values) if millimetres else values)

    def publish_info(
        self,
        header: Header,
        camera: Camera,
        transform: ImageTransform,
        unrectified: CameraInfo | None,
    ) -> None:
        """Publish the camera_info of metric depth; arguments as of `output_camera_info`."""
        if self._info is not None:
            self._info.publish(output_camera_info(header, camera, transform, unrectified))

    def publish_overlay(
        self, header: Header, values: NDArray[np.float32], between: tuple[float, float]
    ) -> None:
        """Publish depth as colours between two distances, if anybody looks."""
        if self._overlay.listeners() > 0:
            self._overlay.publish(header, coloured_depth(values, *between))
