# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the language query node.

ros2 launch diffperc_ros query.launch.py image_topic:=/camera/image_rect queries:='the red chair'
"""

from diffperc_ros.nodes.launch_file import QUERY
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Return the description that ros2 launch asks for."""
    return QUERY.description()
