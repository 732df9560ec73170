# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The few calls of CUDA's runtime that an engine needs, through cuda-python.

cuda-python moved its modules (`cuda.cudart` until 12.5, `cuda.bindings.runtime` from 11.8.7 and
12.6 on) and reports errors as the first value of a tuple. Both are dealt with here alone.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import (
    InferenceError,
    OutOfMemoryError,
    RuntimeUnavailableError,
)

MODULES = ('cuda.bindings.runtime', 'cuda.cudart')
MIB = 1 << 20

_LOG = logging.getLogger(__name__)


class CudaError(InferenceError):
    """A call of CUDA failed.

    Parameters
    ----------
    function, code : what was called, and CUDA's name of the error.
    """

    def __init__(self, function: str, code: str) -> None:
        super().__init__(f'{function} gives {code}')


class CudaMemoryError(CudaError, OutOfMemoryError):
    """A call of CUDA found no memory."""


def import_cuda() -> Any:
    """Return cuda-python's module of the CUDA runtime, whichever name it has.

    Raises
    ------
    RuntimeUnavailableError : not installed, or newer than the driver.
    """
    reasons = []
    for name in MODULES:
        try:
            module = importlib.import_module(name)
            call(module, 'cudaGetDeviceCount')
        except ImportError as error:
            reasons.append(str(error))
        except (CudaError, RuntimeError) as error:
            raise RuntimeUnavailableError(
                f'cuda-python does not reach the GPU ({error}); it must not be newer than the '
                'driver: install the release that fits it'
            ) from error
        else:
            return module
    raise RuntimeUnavailableError(
        f'cuda-python does not import ({"; ".join(reasons)}); install the release of your CUDA: '
        "pip install 'cuda-python==12.*'"
    )


def call(cuda: Any, function: str, *arguments: Any) -> Any:
    """Call a function of CUDA; return its one value, or None where it has none.

    Raises
    ------
    CudaMemoryError : there is no memory.
    CudaError : it failed otherwise.
    """
    code, *values = getattr(cuda, function)(*arguments)
    _check(function, code)
    return values[0] if values else None


def _check(function: str, code: Any) -> None:
    if int(code) != 0:
        name = getattr(code, 'name', str(code))
        kind = CudaMemoryError if name == 'cudaErrorMemoryAllocation' else CudaError
        raise kind(function, name)


def release(cuda: Any, function: str, handle: Any) -> None:
    """Give something back, as far as that is still possible.

    After an error that CUDA does not recover from even this fails. The end of the process gives
    it back then, and the rest must still be tried.
    """
    try:
        call(cuda, function, handle)
    except CudaError as error:
        _LOG.debug('not given back: %s', error)


def free_memory_mib(cuda: Any) -> int:
    """Return the GPU's free memory."""
    code, free, _total = cuda.cudaMemGetInfo()
    _check('cudaMemGetInfo', code)
    return int(free) // MIB


class StaticBuffer:
    """One tensor's memory on the GPU and, page-locked, on the host; its addresses never change.

    Parameters
    ----------
    cuda : from `import_cuda`.
    shape, dtype : of the tensor.

    Raises
    ------
    CudaError : no memory.
    """

    def __init__(self, cuda: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._cuda = cuda
        self.size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        self.device: int | None = None
        self._pinned: int | None = None
        try:
            self.device = int(call(cuda, 'cudaMalloc', self.size))
            self._pinned = int(call(cuda, 'cudaHostAlloc', self.size, 0))
        except CudaError:
            self.close()
            raise
        memory = (ctypes.c_uint8 * self.size).from_address(self._pinned)
        self.host: NDArray[Any] = np.ctypeslib.as_array(memory).view(dtype).reshape(shape)

    def upload(self, stream: Any) -> None:
        """Queue the copy from the host to the GPU."""
        self._copy(self.device, self._pinned, 'cudaMemcpyHostToDevice', stream)

    def download(self, stream: Any) -> None:
        """Queue the copy from the GPU to the host."""
        self._copy(self._pinned, self.device, 'cudaMemcpyDeviceToHost', stream)

    def close(self) -> None:
        """Free both. `host` must not be read after."""
        for function, address in (('cudaFree', self.device), ('cudaFreeHost', self._pinned)):
            if address is not None:
                release(self._cuda, function, address)
        self.device = self._pinned = None

    def _copy(self, target: int | None, source: int | None, kind: str, stream: Any) -> None:
        direction = getattr(self._cuda.cudaMemcpyKind, kind)
        call(self._cuda, 'cudaMemcpyAsync', target, source, self.size, direction, stream)
