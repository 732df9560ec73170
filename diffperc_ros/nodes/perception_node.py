# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The node of all tasks and of several cameras: images in once, all answers stamped alike."""

from __future__ import annotations

import sys
from typing import Any

from diffperc_ros.nodes.depth.task import DepthTask
from diffperc_ros.nodes.process import run_node
from diffperc_ros.nodes.query.task import QueryTask
from diffperc_ros.nodes.segmentation.task import SegmentationTask
from diffperc_ros.nodes.task import Task
from diffperc_ros.nodes.task_node import TaskNode


class PerceptionNode(TaskNode):
    """A camera node for any of the tasks; options as of `TaskNode`.

    Depth runs first: the query says with it where its objects are.
    """

    def __init__(self, **options: Any) -> None:
        kinds: list[type[Task[Any]]] = [DepthTask, SegmentationTask, QueryTask]
        super().__init__('perception_node', kinds, choosable=True, **options)


def main() -> None:
    """Run the node as `ros2 run diffperc_ros perception_node`."""
    sys.exit(run_node(PerceptionNode))


if __name__ == '__main__':
    main()
