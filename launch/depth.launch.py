# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the depth node.

ros2 launch diffperc_ros depth.launch.py image_topic:=/camera/image_rect
"""

from diffperc_ros.nodes.launch_file import DEPTH
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Return the description that ros2 launch asks for."""
    return DEPTH.description()
