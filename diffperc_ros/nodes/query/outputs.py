# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The topics of language queries: one frame's answers, and what became of commands."""

from __future__ import annotations

from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from geometry_msgs.msg import Point, PointStamped
from sensor_msgs.msg import Image

from diffperc_ros.core.labels import label_colour
from diffperc_ros.core.results import QueryAnswer
from diffperc_ros.core.transforms import ImageTransform
from diffperc_ros.nodes.camera.picture import Picture
from diffperc_ros.nodes.image_node import ImageNode
from diffperc_ros.nodes.publishing.labels import LabelOutput
from diffperc_ros.nodes.publishing.outputs import ImageOutput, Outputs
from diffperc_ros.nodes.publishing.overlays import painted, palette
from diffperc_ros.nodes.publishing.vision_messages import detection_array
from diffperc_ros.nodes.query.commands import Verdict
from diffperc_ros.nodes.query.positions import best_position
from diffperc_ros.nodes.settings.output_size import resized_ids, resized_picture
from diffperc_ros.perception.text import MOST_PHRASES

LONGEST_ECHO = 200


class QueryOutputs(Outputs):
    """Publishers of masks, detections, positions, and of what is looked for.

    Parameters
    ----------
    node, camera : as of `Outputs`.
    messages : vision_msgs.msg; None where it is not installed.
    """

    def __init__(self, node: ImageNode, camera: str, messages: Any | None) -> None:
        super().__init__(node, camera)
        self._messages = messages
        self._name = f'{node.get_fully_qualified_name()}: query'
        self._colours = palette({n + 1: label_colour(n) for n in range(MOST_PHRASES)})
        self.labels = LabelOutput(node, self, 'query/label_info', messages)
        self._status = self.latch(DiagnosticStatus, 'query/status')
        self._mask = ImageOutput(self.advertise(Image, 'query/mask'), 'mono8')
        self._confidence = ImageOutput(self.advertise(Image, 'query/confidence'), 'mono8')
        overlay = self.advertise(Image, 'query/overlay', for_people=True)
        self._overlay = ImageOutput(overlay, 'rgb8')
        self._point = self.advertise(PointStamped, 'query/point')
        self._detections = None
        if messages is not None:
            self._detections = self.advertise(messages.Detection2DArray, 'query/detections')

    def listeners(self) -> int:
        """Count the subscribers of answers; label_info and status are worth no inference."""
        images = (self._mask, self._confidence, self._overlay)
        return sum(image.listeners() for image in images) + self.position_listeners()

    def position_listeners(self) -> int:
        """Count the subscribers of what says where an object is, once depth is at hand."""
        publishers = [one for one in (self._point, self._detections) if one is not None]
        return sum(int(publisher.get_subscription_count()) for publisher in publishers)

    def publish(
        self,
        picture: Picture,
        answer: QueryAnswer,
        positions: list[Point | None],
        transform: ImageTransform,
    ) -> None:
        """Publish one frame's answer, also where nothing was found.

        Parameters
        ----------
        picture : that was looked at.
        answer : to all phrases.
        positions : of its detections.
        transform : from the picture to the published mask; detections stay in its pixels.
        """
        header = picture.header
        mask = resized_ids(answer.mask, transform)
        self._mask.publish(header, mask)
        if self._detections is not None:
            self._detections.publish(
                detection_array(self._messages, header, answer.detections, positions)
            )
        point = best_position(answer, positions)
        if point is not None:
            self._point.publish(PointStamped(header=header, point=point))
        if self._confidence.listeners() > 0:
            self._confidence.publish(header, resized_ids(answer.confidence, transform))
        if self._overlay.listeners() > 0:
            image = resized_picture(picture.frame.image, transform)
            self._overlay.publish(header, painted(image, mask, self._colours))

    def publish_status(self, verdict: Verdict, limit: int) -> None:
        """Publish what became of a command.

        Parameters
        ----------
        verdict : of the last command, or that there is none yet.
        limit : most tokens of a phrase.
        """
        queries = verdict.queries
        if verdict.reason:
            message = f'rejected: {verdict.reason}'
        elif queries.phrases:
            message = f'looking for: {"; ".join(queries.phrases)}'
        else:
            message = 'looking for nothing'
        values = {
            'accepted': '; '.join(queries.phrases),
            'rejected': verdict.rejected[:LONGEST_ECHO],
            'reason': verdict.reason,
            'revision': str(queries.revision),
            'tokens': '; '.join(str(number) for number in queries.tokens),
            'token_limit': str(limit),
        }
        self._status.publish(
            DiagnosticStatus(
                level=bytes([verdict.level]),
                name=self._name,
                message=message,
                values=[KeyValue(key=key, value=value) for key, value in values.items()],
            )
        )
