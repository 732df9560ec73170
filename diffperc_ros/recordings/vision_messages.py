# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""vision_msgs messages made of results, and label_info read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from diffperc_ros.core.frame import Stamp
from diffperc_ros.core.results import Detection
from diffperc_ros.recordings.message_types import (
    DETECTIONS_TYPE,
    LABEL_INFO_TYPE,
    header,
    message_types,
)


def label_info_message(
    names: Mapping[int, str], threshold: float, stamp: Stamp, frame_id: str
) -> Any:
    """Return a vision_msgs/LabelInfo.

    Parameters
    ----------
    names : value in the mask -> name.
    threshold : probability below which a pixel is not labelled.
    stamp, frame_id : of the header; the stamp is when this mapping began.
    """
    types = message_types().types
    entry = types['vision_msgs/msg/VisionClass']
    return types[LABEL_INFO_TYPE](
        header=header(stamp, frame_id),
        class_map=[entry(class_id=number, class_name=name) for number, name in names.items()],
        threshold=threshold,
    )


def names_of_label_info(message: Any) -> dict[int, str]:
    """Return value in the mask -> name of a vision_msgs/LabelInfo."""
    return {int(entry.class_id): str(entry.class_name) for entry in message.class_map}


def detections_message(detections: Sequence[Detection], stamp: Stamp, frame_id: str) -> Any:
    """Return a vision_msgs/Detection2DArray; empty where nothing was found.

    The box's centre is in pixels, the outer edge of the first pixel being 0; class_id is the
    decimal value in the mask. No pose is known: it is the identity.

    Parameters
    ----------
    detections : instances.
    stamp, frame_id : of the header, and of that of every detection.
    """
    types = message_types().types
    return types[DETECTIONS_TYPE](
        header=header(stamp, frame_id),
        detections=[_detection(found, stamp, frame_id) for found in detections],
    )


def _detection(found: Detection, stamp: Stamp, frame_id: str) -> Any:
    types = message_types().types
    vision = {name: types[f'vision_msgs/msg/{name}'] for name in _PARTS}
    box = found.box
    position = vision['Point2D'](x=box.left + box.width / 2, y=box.top + box.height / 2)
    hypothesis = vision['ObjectHypothesis'](class_id=str(found.phrase_id), score=found.score)
    return vision['Detection2D'](
        header=header(stamp, frame_id),
        results=[vision['ObjectHypothesisWithPose'](hypothesis=hypothesis, pose=_no_pose())],
        bbox=vision['BoundingBox2D'](
            center=vision['Pose2D'](position=position, theta=0.0),
            size_x=float(box.width),
            size_y=float(box.height),
        ),
        id='',
    )


_PARTS = (
    'Point2D',
    'Pose2D',
    'BoundingBox2D',
    'ObjectHypothesis',
    'ObjectHypothesisWithPose',
    'Detection2D',
)


def _no_pose() -> Any:
    types = message_types().types
    return types['geometry_msgs/msg/PoseWithCovariance'](
        pose=types['geometry_msgs/msg/Pose'](
            position=types['geometry_msgs/msg/Point'](x=0.0, y=0.0, z=0.0),
            orientation=types['geometry_msgs/msg/Quaternion'](x=0.0, y=0.0, z=0.0, w=1.0),
        ),
        covariance=np.zeros(36),
    )
