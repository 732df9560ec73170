# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""vision_msgs, where it is installed: what labels mean and where objects are.

The package is no Python package of its own: it comes with the distribution. Without it nodes
publish everything else and say what is missing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from geometry_msgs.msg import Point
from std_msgs.msg import Header

from diffperc_ros.core.results import Detection


@cache
def vision_messages() -> Any | None:
    """Return the module vision_msgs.msg, or None where it is not installed."""
    try:
        from vision_msgs import msg
    except ImportError:
        return None
    return msg


def whether_installed() -> str:
    """Return the word for diagnostics."""
    return 'installed' if vision_messages() else 'missing'


def how_to_install() -> str:
    """Return a sentence for who misses the package."""
    distribution = os.environ.get('ROS_DISTRO', '<distribution>')
    return f'vision_msgs is not installed: apt install ros-{distribution}-vision-msgs'


def label_info(messages: Any, header: Header, names: Mapping[int, str], threshold: float) -> Any:
    """Return a vision_msgs/LabelInfo.

    Parameters
    ----------
    messages : from `vision_messages`.
    header : its stamp is the time from which on the names are valid.
    names : value in the mask -> name.
    threshold : probability below which a pixel is not labelled.
    """
    return messages.LabelInfo(
        header=header,
        class_map=[
            messages.VisionClass(class_id=number, class_name=name)
            for number, name in names.items()
        ],
        threshold=threshold,
    )


def detection_array(
    messages: Any,
    header: Header,
    detections: Sequence[Detection],
    positions: Sequence[Point | None],
) -> Any:
    """Return a vision_msgs/Detection2DArray; empty where nothing was found.

    Boxes are in pixels of the image, the outer edge of the first pixel being 0, so that
    centre - size / 2 is the first pixel that belongs to the box.

    Parameters
    ----------
    messages : from `vision_messages`.
    header : of the image.
    detections : instances.
    positions : of each, metres, in the frame of the header; None where it is not known, which
        leaves the pose at the origin: no object is at the lens.
    """
    return messages.Detection2DArray(
        header=header,
        detections=[
            _detection(messages, header, detection, position)
            for detection, position in zip(detections, positions, strict=True)
        ],
    )


def _detection(messages: Any, header: Header, detection: Detection, position: Point | None) -> Any:
    box = detection.box
    result = messages.ObjectHypothesisWithPose()
    result.hypothesis.class_id = str(detection.phrase_id)
    result.hypothesis.score = detection.score
    if position is not None:
        result.pose.pose.position = position
    message = messages.Detection2D(header=header, results=[result])
    message.bbox.center.position.x = box.left + box.width / 2
    message.bbox.center.position.y = box.top + box.height / 2
    message.bbox.center.theta = 0.0
    message.bbox.size_x = float(box.width)
    message.bbox.size_y = float(box.height)
    return message
