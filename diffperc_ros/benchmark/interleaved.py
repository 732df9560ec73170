# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""All candidates in turn, frame by frame: what slows the machine down slows all of them."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from diffperc_ros.benchmark.candidates import Candidate
from diffperc_ros.benchmark.worker import Ended, Failed, Loaded, serve
from diffperc_ros.perception.inference import StageTimes
from diffperc_ros.runtimes.options import EngineOptions

PAUSE_S = 0.02
"""Between two turns: threads of an engine spin for a while after their work."""
END_S = 10.0


@dataclass
class Measurement:
    """What was found of one candidate.

    Parameters
    ----------
    loaded : None where it cannot be measured.
    failure : why not, or why it broke off.
    times : of every frame, without those that warmed up.
    peak_mib : peak of its process's resident memory.
    """

    candidate: Candidate
    loaded: Loaded | None = None
    failure: str | None = None
    times: list[StageTimes] = field(default_factory=list)
    peak_mib: float | None = None


def measure(
    candidates: Sequence[Candidate],
    options: EngineOptions,
    *,
    frames: int,
    warm_up: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Measurement]:
    """Load every candidate in a process of its own and run them in turn.

    All are loaded at the same time, one after the other; where memory does not allow it, measure
    fewer at once.

    Parameters
    ----------
    options : for all; profile, backend, device and precision are those of each candidate.
    frames : that count, of each.
    warm_up : frames before, that do not.
    progress : told (turns done, turns to do).
    stopped : asked before each turn; true ends the run with what there is.
    """
    context = multiprocessing.get_context('spawn')
    workers = [_Worker(candidate, options, context) for candidate in candidates]
    try:
        for worker in workers:
            worker.load()
        for turn in range(warm_up + frames):
            if stopped():
                break
            for worker in workers:
                worker.run(counts=turn >= warm_up)
                time.sleep(PAUSE_S)
            progress(turn + 1, warm_up + frames)
    finally:
        for worker in workers:
            worker.end()
    return [worker.measurement for worker in workers]


class _Worker:
    """The process of one candidate, from outside."""

    def __init__(self, candidate: Candidate, options: EngineOptions, context: Any) -> None:
        self.measurement = Measurement(candidate)
        self._options = candidate.options(options)
        self._context = context
        self._process: Any = None
        self._connection: Connection | None = None

    def load(self) -> None:
        """Start the process and wait until it is ready or has said why not."""
        self._connection, theirs = self._context.Pipe()
        arguments = (self.measurement.candidate, self._options, theirs)
        self._process = self._context.Process(target=serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        answer = self._receive()
        if isinstance(answer, Loaded):
            self.measurement.loaded = answer

    def run(self, counts: bool) -> None:
        """Have it compute one frame."""
        if self.measurement.failure is not None or self._connection is None:
            return
        self._connection.send(True)
        answer = self._receive()
        if counts and isinstance(answer, StageTimes):
            self.measurement.times.append(answer)

    def end(self) -> None:
        """Have it say what it took, and end."""
        if self._process is None or self._connection is None:
            return
        if self.measurement.failure is None and self.measurement.loaded is not None:
            self._connection.send(False)
            answer = self._receive()
            if isinstance(answer, Ended):
                self.measurement.peak_mib = answer.peak_mib
        self._process.join(END_S)
        self._process.kill()
        self._process.join()

    def _receive(self) -> object:
        if self._connection is None:
            return None
        try:
            answer = self._connection.recv()
        except (EOFError, OSError):
            self._process.join(END_S)
            answer = Failed(f'its process ended with {self._process.exitcode}')
        if isinstance(answer, Failed):
            self.measurement.failure = answer.reason
        return answer
