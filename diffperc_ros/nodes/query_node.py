# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The language query node: images and commands in, the objects that phrases speak of out."""

from __future__ import annotations

import sys
from typing import Any

from diffperc_ros.nodes.process import run_node
from diffperc_ros.nodes.query.task import QueryTaskWithDepthTopic
from diffperc_ros.nodes.task_node import TaskNode


class QueryNode(TaskNode):
    """A camera node that looks for what it is told; options as of `TaskNode`."""

    def __init__(self, **options: Any) -> None:
        super().__init__('query_node', [QueryTaskWithDepthTopic], **options)


def main() -> None:
    """Run the node as `ros2 run diffperc_ros query_node`."""
    sys.exit(run_node(QueryNode))


if __name__ == '__main__':
    main()
