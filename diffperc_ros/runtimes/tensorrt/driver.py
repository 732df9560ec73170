# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Is there a GPU with a driver? Asked of the driver itself, before TensorRT is touched.

Without a driver TensorRT ends the whole process (an abort or a segmentation fault) instead of
raising an error, so nothing of it may be called before `find_gpu` has returned.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

from diffperc_ros.core.errors import RuntimeUnavailableError

LIBRARY = 'libcuda.so.1'

# Of the driver's header, whose numbers are part of its interface.
_COMPUTE_CAPABILITY_MAJOR, _COMPUTE_CAPABILITY_MINOR = 75, 76
_INTEGRATED = 18
_LONGEST_NAME = 256


class NoGpuError(RuntimeUnavailableError):
    """No GPU here that CUDA could use."""


@dataclass(frozen=True)
class Gpu:
    """The first GPU that CUDA shows.

    Parameters
    ----------
    name : as the driver gives it, such as 'Orin'.
    compute_capability : 'major.minor', such as '8.7'.
    driver : newest CUDA version that the driver supports, such as '12.6'.
    memory_mib : size of its memory; on a Jetson that of the whole board.
    integrated : whether it has no memory of its own but shares the board's, as on a Jetson.
    """

    name: str
    compute_capability: str
    driver: str
    memory_mib: int
    integrated: bool = False


def find_gpu() -> Gpu:
    """Return the first GPU (CUDA_VISIBLE_DEVICES chooses among several).

    Raises
    ------
    NoGpuError : no driver, a driver that does not start, or no GPU; says which.
    """
    try:
        cuda = ctypes.CDLL(LIBRARY)
        _call(cuda, 'cuInit', 0)
        count, version, device = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
        _call(cuda, 'cuDeviceGetCount', ctypes.byref(count))
        if count.value == 0:
            raise NoGpuError('the NVIDIA driver works but shows no GPU; see CUDA_VISIBLE_DEVICES')
        _call(cuda, 'cuDriverGetVersion', ctypes.byref(version))
        _call(cuda, 'cuDeviceGet', ctypes.byref(device), 0)
        name, memory = ctypes.create_string_buffer(_LONGEST_NAME), ctypes.c_size_t()
        _call(cuda, 'cuDeviceGetName', name, _LONGEST_NAME, device)
        _call(cuda, 'cuDeviceTotalMem_v2', ctypes.byref(memory), device)
        major = _attribute(cuda, _COMPUTE_CAPABILITY_MAJOR, device)
        minor = _attribute(cuda, _COMPUTE_CAPABILITY_MINOR, device)
        integrated = _attribute(cuda, _INTEGRATED, device) == 1
    except OSError as error:
        raise NoGpuError(f'no NVIDIA driver here: {error}') from error
    except AttributeError as error:
        raise NoGpuError(f'{LIBRARY} is no NVIDIA driver: {error}') from error
    return Gpu(
        name=name.value.decode(errors='replace'),
        compute_capability=f'{major}.{minor}',
        driver=f'{version.value // 1000}.{version.value % 1000 // 10}',
        memory_mib=memory.value >> 20,
        integrated=integrated,
    )


def free_memory_mib() -> int:
    """Return the free memory of the GPU that `find_gpu` found.

    To be asked on the way to an engine: the context that it takes is the one that engines use.

    Raises
    ------
    NoGpuError : there is no driver, or it does not say.
    """
    try:
        cuda = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise NoGpuError(f'no NVIDIA driver here: {error}') from error
    device, context = ctypes.c_int(), ctypes.c_void_p()
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    _call(cuda, 'cuDeviceGet', ctypes.byref(device), 0)
    _call(cuda, 'cuDevicePrimaryCtxRetain', ctypes.byref(context), device)
    try:
        _call(cuda, 'cuCtxPushCurrent_v2', context)
        try:
            _call(cuda, 'cuMemGetInfo_v2', ctypes.byref(free), ctypes.byref(total))
        finally:
            _call(cuda, 'cuCtxPopCurrent_v2', ctypes.byref(context))
    finally:
        _call(cuda, 'cuDevicePrimaryCtxRelease_v2', device)
    return free.value >> 20


def _attribute(cuda: ctypes.CDLL, attribute: int, device: ctypes.c_int) -> int:
    value = ctypes.c_int()
    _call(cuda, 'cuDeviceGetAttribute', ctypes.byref(value), attribute, device)
    return value.value


def _call(cuda: ctypes.CDLL, function: str, *arguments: Any) -> None:
    code = getattr(cuda, function)(*arguments)
    if code != 0:
        text = ctypes.c_char_p()
        cuda.cuGetErrorName(code, ctypes.byref(text))
        name = text.value.decode() if text.value else 'unknown error'
        raise NoGpuError(f'the NVIDIA driver does not work: {function} gives {name} ({code})')
