# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The message definitions that recordings are written with, vision_msgs among them."""

from __future__ import annotations

from functools import cache
from typing import Any

from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from diffperc_ros.core.frame import Stamp

LABEL_INFO_TYPE = 'vision_msgs/msg/LabelInfo'
DETECTIONS_TYPE = 'vision_msgs/msg/Detection2DArray'
STRING_TYPE = 'std_msgs/msg/String'

VISION_MESSAGES = {
    'VisionClass': 'uint16 class_id\nstring class_name',
    'LabelInfo': 'std_msgs/Header header\nVisionClass[] class_map\nfloat32 threshold',
    'Point2D': 'float64 x\nfloat64 y',
    'Pose2D': 'Point2D position\nfloat64 theta',
    'BoundingBox2D': 'Pose2D center\nfloat64 size_x\nfloat64 size_y',
    'ObjectHypothesis': 'string class_id\nfloat64 score',
    'ObjectHypothesisWithPose': (
        'ObjectHypothesis hypothesis\ngeometry_msgs/PoseWithCovariance pose'
    ),
    'Detection2D': (
        'std_msgs/Header header\nObjectHypothesisWithPose[] results\nBoundingBox2D bbox\nstring id'
    ),
    'Detection2DArray': 'std_msgs/Header header\nDetection2D[] detections',
}
"""Fields of the messages of vision_msgs 4 (Humble and later) that are used here."""


@cache
def message_types() -> Typestore:
    """Return the definitions.

    Those of images and camera_info are the same in every distribution from Humble on.
    """
    store = get_typestore(Stores.ROS2_JAZZY)
    for name, fields in VISION_MESSAGES.items():
        store.register(get_types_from_msg(fields, f'vision_msgs/msg/{name}'))
    return store


def header(stamp: Stamp, frame_id: str) -> Any:
    """Return a std_msgs/Header."""
    types = message_types().types
    time = types['builtin_interfaces/msg/Time'](sec=stamp.sec, nanosec=stamp.nanosec)
    return types['std_msgs/msg/Header'](stamp=time, frame_id=frame_id)
