# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A node with engines that do what the command line says.

Everything but the runtimes is the node as it is shipped.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import (
    InferenceError,
    OutOfMemoryError,
    RuntimeUnavailableError,
)
from diffperc_ros.nodes.depth_node import DepthNode
from diffperc_ros.nodes.perception_node import PerceptionNode
from diffperc_ros.nodes.process import run_node
from diffperc_ros.nodes.query_node import QueryNode
from diffperc_ros.nodes.segmentation_node import SegmentationNode
from diffperc_ros.nodes.task_node import TaskNode
from diffperc_ros.runtimes.chosen import Choice, ChosenRuntime
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.runtimes.options import Announce, Cancelled, EngineOptions, Notice
from diffperc_ros.runtimes.protocol import Arrays
from support.scripted_runtime import Answer, ScriptedRuntime, constant_depth

NODES: dict[str, type[TaskNode]] = {
    'depth': DepthNode,
    'segmentation': SegmentationNode,
    'query': QueryNode,
    'perception': PerceptionNode,
}


class JournalledRuntime(ScriptedRuntime):
    """Writes a line for every run, for caches given back and for the end."""

    def __init__(
        self, journal: Path, suffix: str, quick_runs: int, answer: Answer, delay_s: float
    ) -> None:
        super().__init__(answer, 0.0 if quick_runs else delay_s)
        self._journal, self._suffix = journal, suffix
        self._quick_runs, self._later_delay_s = quick_runs, delay_s

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Note the beginning, then run."""
        self._note('run')
        if self.calls >= self._quick_runs:
            self.delay_s = self._later_delay_s
        return super().run(inputs)

    def free_caches(self) -> None:
        """Note it."""
        self._note('free')

    def close(self) -> None:
        """Note the end."""
        self._note('close')
        super().close()

    def _note(self, word: str) -> None:
        with self._journal.open('a') as stream:
            stream.write(f'{word}{self._suffix}\n')


def build(seconds: float, announce: Announce, cancelled: Cancelled) -> None:
    """Do as if an engine were built, and say so ten times."""
    for step in range(10 if seconds else 0):
        announce(Notice(f'building, step {step}', percent=10.0 * step))
        time.sleep(seconds / 10)
        if cancelled():
            raise RuntimeUnavailableError('the build was cancelled')


def main() -> None:
    """Parse the script, run the node."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--node', choices=sorted(NODES), default='depth')
    parser.add_argument('--journal', type=Path, required=True)
    parser.add_argument('--depth', type=float, default=2.0, help='metres that the engine answers')
    parser.add_argument('--delay', type=float, default=0.0, help='seconds every run takes')
    parser.add_argument('--quick-runs', type=int, default=0, help='first runs without delay')
    parser.add_argument('--fail-after', type=int, default=10**9, help='runs before it fails')
    parser.add_argument('--exhausted', default='', help='FIRST:LAST runs without memory')
    parser.add_argument('--engine', default='', help='key of an engine that was built')
    parser.add_argument('--rebuild', type=float, default=0.0, help='seconds it is rebuilt for')
    parser.add_argument('--rebuild-fails', default='', help='reason why it cannot be rebuilt')
    parser.add_argument('--raise-in', default='', help='method of the node that raises')
    parser.add_argument('--build', type=float, default=0.0, help='seconds an engine is built for')
    script, ros_arguments = parser.parse_known_args()

    def answer_of(bundle: Bundle) -> Answer:
        if bundle.manifest.task == 'depth':
            return constant_depth(script.depth)
        graph = OnnxRuntime(bundle.file(bundle.graph('realtime').file))
        return lambda _call, inputs: graph.run(inputs)

    def open_runtime(
        bundle: Bundle, options: EngineOptions, *, announce: Announce, cancelled: Cancelled
    ) -> ChosenRuntime:
        answer = answer_of(bundle)
        again = options.engine_policy == 'force_rebuild'
        build(script.rebuild if again else script.build, announce, cancelled)
        if again and script.rebuild_fails:
            raise RuntimeUnavailableError(script.rebuild_fails)
        first, _, last = script.exhausted.partition(':')

        def answer_or_fail(call: int, inputs: Arrays) -> dict[str, NDArray[Any]]:
            if call >= script.fail_after:
                raise InferenceError('the engine was told to fail')
            if first and int(first) <= call <= int(last):
                raise OutOfMemoryError('the engine was told to be out of memory')
            return answer(call, inputs)

        suffix = f':{bundle.manifest.task}' if script.node == 'perception' else ''
        runtime = JournalledRuntime(
            script.journal, suffix, script.quick_runs, answer_or_fail, script.delay
        )
        if not script.engine:
            return ChosenRuntime(runtime, Choice('float32', None))
        key = f'{script.engine}-rebuilt' if again else script.engine
        return ChosenRuntime(
            runtime, Choice('float32', None, engine_source='built', engine_key=key)
        )

    def make() -> TaskNode:
        node = NODES[script.node](open_runtime=open_runtime)
        if script.raise_in:

            def fail(*_arguments: Any) -> None:
                raise RuntimeError(f'told to raise in {script.raise_in}')

            setattr(node, script.raise_in, fail)
        return node

    sys.exit(run_node(make, [sys.argv[0], *ros_arguments]))


if __name__ == '__main__':
    main()
