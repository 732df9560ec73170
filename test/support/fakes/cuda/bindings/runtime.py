# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: N801, N815, N816 - the names are those of CUDA
"""A stand-in for cuda-python's runtime: the GPU's memory is the host's, streams run at once.

It keeps the rules that matter: work must be queued on a stream, a graph replays what was queued
while the stream recorded, and waiting while it records is an error. Failures are read from the
environment: FAKE_CUDA is a JSON object of the keys of `SCRIPT`.
"""

from __future__ import annotations

import ctypes
import enum
import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np

SCRIPT: dict[str, Any] = {
    'malloc': 'ok',  # memory
    'capture': 'ok',  # fail
    'driver': 'ok',  # old
    'free_mib': 4096,
    'run': 'ok',  # memory; fail, from then on everything
}

memory: dict[int, Any] = {}
recording: dict[int, list[Callable[[], None]]] = {}
graphs: dict[int, list[Callable[[], None]]] = {}
streams: set[int] = set()


def script(key: str) -> Any:
    return {**SCRIPT, **json.loads(os.environ.get('FAKE_CUDA', '{}'))}[key]


class cudaError_t(enum.IntEnum):
    cudaSuccess = 0
    cudaErrorMemoryAllocation = 2
    cudaErrorInsufficientDriver = 35
    cudaErrorLaunchFailure = 719
    cudaErrorStreamCaptureUnsupported = 900


class cudaMemcpyKind(enum.IntEnum):
    cudaMemcpyHostToDevice = 1
    cudaMemcpyDeviceToHost = 2


class cudaStreamCaptureMode(enum.IntEnum):
    cudaStreamCaptureModeThreadLocal = 1


cudaStreamNonBlocking = 1
OK = cudaError_t.cudaSuccess


def left_over() -> int:
    """Return how many allocations, streams and graphs nobody has freed."""
    return len(memory) + len(streams) + len(graphs)


def view(address: int) -> Any:
    return np.ctypeslib.as_array(memory[address])


def queue(stream: int, work: Callable[[], None]) -> None:
    if stream in recording:
        recording[stream].append(work)
    else:
        work()


def cudaGetDeviceCount() -> tuple[Any, ...]:
    if script('driver') == 'old':
        return (cudaError_t.cudaErrorInsufficientDriver, None)
    return (OK, 1)


def cudaMemGetInfo() -> tuple[Any, ...]:
    return (OK, script('free_mib') << 20, 8192 << 20)


def _allocate(size: int) -> tuple[Any, ...]:
    block = (ctypes.c_uint8 * size)()
    memory[ctypes.addressof(block)] = block
    return (OK, ctypes.addressof(block))


def cudaMalloc(size: int) -> tuple[Any, ...]:
    if script('malloc') == 'memory':
        return (cudaError_t.cudaErrorMemoryAllocation, None)
    return _allocate(size)


def cudaHostAlloc(size: int, flags: int) -> tuple[Any, ...]:
    return _allocate(size)


def cudaFree(address: int) -> tuple[Any, ...]:
    if script('run') == 'fail':
        return (cudaError_t.cudaErrorLaunchFailure,)
    del memory[address]
    return (OK,)


cudaFreeHost = cudaFree


def cudaMemcpyAsync(
    target: int, source: int, size: int, kind: cudaMemcpyKind, stream: int
) -> tuple[Any, ...]:
    queue(stream, lambda: (ctypes.memmove(target, source, size), None)[1])
    return (OK,)


def cudaStreamCreateWithFlags(flags: int) -> tuple[Any, ...]:
    stream = len(streams) + 100
    streams.add(stream)
    return (OK, stream)


def cudaStreamDestroy(stream: int) -> tuple[Any, ...]:
    streams.remove(stream)
    return (OK,)


def cudaStreamSynchronize(stream: int) -> tuple[Any, ...]:
    if script('run') == 'fail':
        return (cudaError_t.cudaErrorLaunchFailure,)
    if stream in recording:
        return (cudaError_t.cudaErrorStreamCaptureUnsupported,)
    return (OK,)


def cudaStreamBeginCapture(stream: int, mode: cudaStreamCaptureMode) -> tuple[Any, ...]:
    recording[stream] = []
    return (OK,)


def cudaStreamEndCapture(stream: int) -> tuple[Any, ...]:
    work = recording.pop(stream)
    if script('capture') == 'fail':
        return (cudaError_t.cudaErrorStreamCaptureUnsupported, None)
    graphs[id(work)] = work
    return (OK, id(work))


def cudaGraphInstantiateWithFlags(graph: int, flags: int) -> tuple[Any, ...]:
    work = list(graphs[graph])
    graphs[id(work)] = work
    return (OK, id(work))


def cudaGraphDestroy(graph: int) -> tuple[Any, ...]:
    del graphs[graph]
    return (OK,)


cudaGraphExecDestroy = cudaGraphDestroy


def cudaGraphLaunch(executable: int, stream: int) -> tuple[Any, ...]:
    if script('run') == 'memory':
        return (cudaError_t.cudaErrorMemoryAllocation,)
    for work in graphs[executable]:
        work()
    return (OK,)
