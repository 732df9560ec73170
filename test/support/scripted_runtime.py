# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An engine that does what a test says: wait, fail, answer wrongly."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.runtimes.protocol import Arrays

Answer = Callable[[int, Arrays], dict[str, NDArray[Any]]]


def constant_depth(value: float, width: int = 64, height: int = 48) -> Answer:
    """Return an answer of one depth everywhere."""

    def answer(_call: int, _inputs: Arrays) -> dict[str, NDArray[Any]]:
        return {'depth': np.full((1, 1, height, width), value, np.float32)}

    return answer


def never(_call: int, _inputs: Arrays) -> dict[str, NDArray[Any]]:
    """Answer where none must be asked for."""
    raise AssertionError('the engine was asked')


class ScriptedRuntime:
    """Runtime whose calls are counted, delayed and answered by a function.

    Parameters
    ----------
    answer : (number of the call from 0, inputs) -> outputs; may raise.
    delay_s : seconds every call takes.
    """

    name = 'scripted'
    device = 'nothing'
    version = '0'

    def __init__(self, answer: Answer, delay_s: float = 0.0) -> None:
        self.answer = answer
        self.delay_s = delay_s
        self.calls = 0
        self.closed = False

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Wait, count, answer."""
        time.sleep(self.delay_s)
        call, self.calls = self.calls, self.calls + 1
        return self.answer(call, inputs)

    def free_caches(self) -> None:
        """Hold none."""

    def close(self) -> None:
        """Note that the runtime was closed."""
        self.closed = True
