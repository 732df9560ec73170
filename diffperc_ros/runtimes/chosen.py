# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A runtime together with what is known of how it was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from diffperc_ros.runtimes.forms import Dtype
from diffperc_ros.runtimes.protocol import Arrays, Runtime


@dataclass(frozen=True)
class Choice:
    """What runs and why, for diagnostics, run.json and benchmark.

    Parameters
    ----------
    precision : type of the arithmetic.
    graph : file of the bundle that is run; None for PyTorch, which runs the network.
    self_test : what the golden check found, in words.
    self_test_passed : None where it was not made.
    passed_over : what was tried before, with the reason.
    engine_source : 'cache' or 'built' for TensorRT, 'none' for engines that need no build.
    engine_key, engine_file : digest of the TensorRT engine's key, and where the engine lies.
    gpu_memory_mib : what loading and checking took of the GPU's memory; None on the CPU.
    """

    precision: Dtype
    graph: str | None
    self_test: str = 'off'
    self_test_passed: bool | None = None
    passed_over: tuple[str, ...] = ()
    engine_source: str = 'none'
    engine_key: str = ''
    engine_file: str = ''
    gpu_memory_mib: int | None = None


class ChosenRuntime:
    """A runtime that passed, or was let pass. Runs as the one inside.

    Parameters
    ----------
    runtime : owned; closed with this.
    choice : how it came to be chosen.
    """

    def __init__(self, runtime: Runtime, choice: Choice) -> None:
        self._runtime = runtime
        self.choice = choice

    @property
    def name(self) -> str:
        """Name of the engine."""
        return self._runtime.name

    @property
    def device(self) -> str:
        """What the engine runs on."""
        return self._runtime.device

    @property
    def version(self) -> str:
        """Version of the engine."""
        return self._runtime.version

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Run the graph once; raises InferenceError as the engine does."""
        return self._runtime.run(inputs)

    def exchange(self, other: ChosenRuntime) -> None:
        """Take over another one's engine in place of this one's, which is closed.

        Whoever runs this runs the other from then on; `other` must not be used again.
        """
        self._runtime.close()
        self._runtime, self.choice = other._runtime, other.choice

    def free_caches(self) -> None:
        """Give back what the engine holds only to be quicker."""
        self._runtime.free_caches()

    def close(self) -> None:
        """Free the engine."""
        self._runtime.close()
