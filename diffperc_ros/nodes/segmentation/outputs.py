# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The topics of segmentation, and one frame's results on them."""

from __future__ import annotations

from typing import Any

from sensor_msgs.msg import CameraInfo, Image

from diffperc_ros.core.labels import LabelSet
from diffperc_ros.core.results import Segmentation
from diffperc_ros.core.transforms import ImageTransform
from diffperc_ros.nodes.camera.picture import Picture
from diffperc_ros.nodes.image_node import ImageNode
from diffperc_ros.nodes.messages import output_camera_info
from diffperc_ros.nodes.publishing.labels import LabelOutput
from diffperc_ros.nodes.publishing.outputs import ImageOutput, Outputs
from diffperc_ros.nodes.publishing.overlays import painted, palette
from diffperc_ros.nodes.settings.output_size import resized_ids, resized_picture


class SegmentationOutputs(Outputs):
    """Publishers of masks, their confidence, overlay and camera_info, and of what ids mean.

    Parameters
    ----------
    node, camera : as of `Outputs`.
    labels : of the bundle.
    offset : id of the first label.
    messages : vision_msgs.msg; None where it is not installed.
    """

    def __init__(
        self, node: ImageNode, camera: str, labels: LabelSet, offset: int, messages: Any | None
    ) -> None:
        super().__init__(node, camera)
        self.labels = LabelOutput(node, self, 'segmentation/label_info', messages)
        self._colours = palette({label.index + offset: label.colour for label in labels})
        self._info = self.advertise(CameraInfo, 'segmentation/camera_info')
        self._mask = ImageOutput(self.advertise(Image, 'segmentation/mask'), 'mono8')
        confidence = self.advertise(Image, 'segmentation/confidence')
        self._confidence = ImageOutput(confidence, 'mono8')
        overlay = self.advertise(Image, 'segmentation/overlay', for_people=True)
        self._overlay = ImageOutput(overlay, 'rgb8')

    def listeners(self) -> int:
        """Count the subscribers of images; camera_info and label_info are worth no inference."""
        images = (self._mask, self._confidence, self._overlay)
        return sum(image.listeners() for image in images)

    def publish(
        self,
        picture: Picture,
        segmentation: Segmentation,
        threshold: float,
        transform: ImageTransform,
    ) -> None:
        """Publish one frame's results: first what the ids mean, if that is new.

        Parameters
        ----------
        picture : that was looked at.
        segmentation : of its pixels.
        threshold : that it was made with.
        transform : from the picture to the published mask.
        """
        header = picture.header
        self.labels.tell(segmentation.names, threshold)
        if picture.view is not None:
            view = picture.view
            info = output_camera_info(header, view.camera, transform, view.unrectified)
            self._info.publish(info)
        mask = resized_ids(segmentation.class_ids, transform)
        self._mask.publish(header, mask)
        if self._confidence.listeners() > 0:
            self._confidence.publish(header, resized_ids(segmentation.confidence, transform))
        if self._overlay.listeners() > 0:
            image = resized_picture(picture.frame.image, transform)
            self._overlay.publish(header, painted(image, mask, self._colours))
