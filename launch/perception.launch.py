# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the node of all tasks.

ros2 launch diffperc_ros perception.launch.py image_topic:=/camera/image_rect tasks:=depth,query
ros2 launch diffperc_ros perception.launch.py cameras:=front,rear \
    image_topic:='/{camera}/image_rect'
"""

from diffperc_ros.nodes.launch_file import PERCEPTION
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Return the description that ros2 launch asks for."""
    return PERCEPTION.description()
