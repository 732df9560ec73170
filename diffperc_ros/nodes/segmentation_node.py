# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The segmentation node: images in, the class of every pixel out."""

from __future__ import annotations

import sys
from typing import Any

from diffperc_ros.nodes.process import run_node
from diffperc_ros.nodes.segmentation.task import SegmentationTask
from diffperc_ros.nodes.task_node import TaskNode


class SegmentationNode(TaskNode):
    """A camera node that segments; options as of `TaskNode`."""

    def __init__(self, **options: Any) -> None:
        super().__init__('segmentation_node', [SegmentationTask], **options)


def main() -> None:
    """Run the node as `ros2 run diffperc_ros segmentation_node`."""
    sys.exit(run_node(SegmentationNode))


if __name__ == '__main__':
    main()
