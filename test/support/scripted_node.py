# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The depth node with an engine that does what the command line says.

Everything but the runtime is the node as it is shipped.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from diffperc_ros.core.errors import InferenceError
from diffperc_ros.nodes.depth_node import DepthNode
from diffperc_ros.nodes.process import run_node
from diffperc_ros.runtimes.protocol import Arrays
from support.scripted_runtime import Answer, ScriptedRuntime, constant_depth


class JournalledRuntime(ScriptedRuntime):
    """Writes a line for every run and for the end."""

    def __init__(self, journal: Path, quick_runs: int, answer: Answer, delay_s: float) -> None:
        super().__init__(answer, 0.0 if quick_runs else delay_s)
        self._journal = journal
        self._quick_runs, self._later_delay_s = quick_runs, delay_s

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Note the beginning, then run."""
        self._note('run')
        if self.calls >= self._quick_runs:
            self.delay_s = self._later_delay_s
        return super().run(inputs)

    def close(self) -> None:
        """Note the end."""
        self._note('close')
        super().close()

    def _note(self, word: str) -> None:
        with self._journal.open('a') as stream:
            stream.write(f'{word}\n')


def main() -> None:
    """Parse the script, run the node."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--journal', type=Path, required=True)
    parser.add_argument('--depth', type=float, default=2.0, help='metres that the engine answers')
    parser.add_argument('--delay', type=float, default=0.0, help='seconds every run takes')
    parser.add_argument('--quick-runs', type=int, default=0, help='first runs without delay')
    parser.add_argument('--fail-after', type=int, default=10**9, help='runs before it fails')
    parser.add_argument('--raise-in', default='', help='method of the node that raises')
    script, ros_arguments = parser.parse_known_args()
    answer_depth = constant_depth(script.depth)

    def answer(call: int, inputs: Arrays) -> dict[str, NDArray[Any]]:
        if call >= script.fail_after:
            raise InferenceError('the engine was told to fail')
        return answer_depth(call, inputs)

    def open_runtime(*_bundle: Any, **_options: Any) -> ScriptedRuntime:
        return JournalledRuntime(script.journal, script.quick_runs, answer, script.delay)

    def make() -> DepthNode:
        node = DepthNode(open_runtime=open_runtime)
        if script.raise_in:

            def fail(*_arguments: Any) -> None:
                raise RuntimeError(f'told to raise in {script.raise_in}')

            setattr(node, script.raise_in, fail)
        return node

    sys.exit(run_node(make, [sys.argv[0], *ros_arguments]))


if __name__ == '__main__':
    main()
