# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How far a build is, where TensorRT tells it (10.0 and later)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class _Phase:
    name: str
    steps: int
    parent: str | None
    done: int = 0


class ProgressTree:
    """Nested phases of a build, reduced to one share of the whole.

    TensorRT names phases, their steps and their parents; a step of a parent may itself be a
    phase. The share is that of the outermost phase, refined by what runs inside its current step.
    It says how many steps are done, not how long the others take.
    """

    def __init__(self) -> None:
        self._phases: dict[str, _Phase] = {}

    def start(self, name: str, parent: str | None, steps: int) -> None:
        """Note that a phase begins."""
        self._phases[name] = _Phase(name, max(steps, 1), parent)

    def step(self, name: str, step: int) -> None:
        """Note that step `step` (from 0) of a phase is done."""
        if name in self._phases:
            self._phases[name].done = step + 1

    def finish(self, name: str) -> None:
        """Note that a phase is over."""
        self._phases.pop(name, None)

    def share(self) -> float:
        """Return the share of steps that are done, 0..1."""
        return min(self._share_below(None), 1.0)

    def _share_below(self, parent: str | None) -> float:
        inside = [phase for phase in self._phases.values() if phase.parent == parent]
        if not inside:
            return 0.0
        phase = inside[-1]
        return (phase.done + self._share_below(phase.name)) / phase.steps


def watch_progress(trt: Any, config: Any, tell: Callable[[float, str], None]) -> None:
    """Have TensorRT report its progress.

    Parameters
    ----------
    trt : the module; nothing happens where it knows no progress.
    config : of the build.
    tell : called with (share of the steps done, name of the phase).
    """
    if not hasattr(trt, 'IProgressMonitor'):
        return
    tree = ProgressTree()

    class Monitor(trt.IProgressMonitor):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)

        def phase_start(self, name: str, parent: str | None, steps: int) -> None:
            tree.start(name, parent, steps)
            tell(tree.share(), name)

        def step_complete(self, name: str, step: int) -> bool:
            tree.step(name, step)
            tell(tree.share(), name)
            return True

        def phase_finish(self, name: str) -> None:
            tree.finish(name)

    config.progress_monitor = Monitor()
