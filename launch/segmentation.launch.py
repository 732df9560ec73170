# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the segmentation node.

ros2 launch diffperc_ros segmentation.launch.py image_topic:=/camera/image_rect
"""

from diffperc_ros.nodes.launch_file import SEGMENTATION
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Return the description that ros2 launch asks for."""
    return SEGMENTATION.description()
