# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The depth node: images in, metric depth with its camera_info out."""

from __future__ import annotations

import sys
from typing import Any

from diffperc_ros.nodes.depth.task import DepthTask
from diffperc_ros.nodes.process import run_node
from diffperc_ros.nodes.task_node import TaskNode


class DepthNode(TaskNode):
    """A camera node that computes depth; options as of `TaskNode`."""

    def __init__(self, **options: Any) -> None:
        super().__init__('depth_node', [DepthTask], **options)


def main() -> None:
    """Run the node as `ros2 run diffperc_ros depth_node`."""
    sys.exit(run_node(DepthNode))


if __name__ == '__main__':
    main()
