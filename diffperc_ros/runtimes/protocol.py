# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What every engine offers: named arrays in, named arrays out, nothing about tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Arrays: TypeAlias = Mapping[str, NDArray[Any]]


class Runtime(Protocol):
    """One model loaded on one device.

    A runtime belongs to the thread that uses it. `run` raises `InferenceError` when the engine
    fails, its kind `OutOfMemoryError` when memory did not suffice; after `close` it must not be
    used again.
    """

    @property
    def name(self) -> str:
        """Name of the engine, such as 'onnxruntime'."""

    @property
    def device(self) -> str:
        """What the engine runs on, in words for people, such as 'CPU' or the name of a GPU."""

    @property
    def version(self) -> str:
        """Version of the engine."""

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Run the graph once and return its outputs by name; the arrays belong to the caller."""

    def free_caches(self) -> None:
        """Give back what is held only to be quicker; the runtime runs on.

        Raises `RuntimeUnavailableError` where the engine cannot be had again.
        """

    def close(self) -> None:
        """Give back everything that was taken. May be called more than once."""


def check_inputs(
    inputs: Arrays, expected: Mapping[str, tuple[tuple[int | None, ...], np.dtype[Any]]]
) -> str | None:
    """Say what is wrong with the inputs of a run, or return None.

    Parameters
    ----------
    inputs : arrays by name.
    expected : name -> (shape with None for free axes, dtype).
    """
    if set(inputs) != set(expected):
        return f'inputs {sorted(inputs)} were given, the graph takes {sorted(expected)}'
    for name, (shape, dtype) in expected.items():
        array = inputs[name]
        fits = array.ndim == len(shape) and all(
            wanted in (None, found) for wanted, found in zip(shape, array.shape, strict=True)
        )
        if not fits or array.dtype != dtype:
            return (
                f"input '{name}' is {array.dtype} {array.shape}, the graph takes {dtype} {shape}"
            )
    return None
