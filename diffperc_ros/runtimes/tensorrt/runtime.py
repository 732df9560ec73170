# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A TensorRT engine that runs: own stream, static buffers, one CUDA graph."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import (
    InferenceError,
    OutOfMemoryError,
    RuntimeUnavailableError,
)
from diffperc_ros.runtimes.errors import speaks_of_memory
from diffperc_ros.runtimes.options import Announce
from diffperc_ros.runtimes.preflight import check_fits
from diffperc_ros.runtimes.protocol import Arrays, check_inputs
from diffperc_ros.runtimes.tensorrt.cuda import (
    CudaError,
    StaticBuffer,
    call,
    free_memory_mib,
    import_cuda,
    release,
)
from diffperc_ros.runtimes.tensorrt.driver import Gpu
from diffperc_ros.runtimes.tensorrt.errors import EngineRefusedError
from diffperc_ros.runtimes.tensorrt.graph import CudaGraph
from diffperc_ros.runtimes.tensorrt.library import make_log, take

_LOG = logging.getLogger(__name__)

_DTYPES = {
    'FLOAT': np.float32,
    'HALF': np.float16,
    'INT32': np.int32,
    'INT64': np.int64,
    'UINT8': np.uint8,
    'BOOL': np.bool_,
}


class TensorRtRuntime:
    """A built engine on the GPU.

    Parameters
    ----------
    trt : the module, from `library.import_tensorrt`.
    plan : the engine's bytes, of this very TensorRT and GPU.
    gpu : what it runs on.
    announce : told how much memory the engine needs and how much is free.

    Raises
    ------
    EngineRefusedError : TensorRT does not take the bytes.
    RuntimeUnavailableError : the engine has free axes or types that numpy lacks, does not run, or
        the GPU's memory does not suffice; with the lines that TensorRT logged.
    """

    name = 'tensorrt'

    def __init__(self, trt: Any, plan: bytes, gpu: Gpu, announce: Announce) -> None:
        self.version = str(trt.__version__)
        self.device = gpu.name
        self.uses_cuda_graph = False
        self._cuda = import_cuda()
        self._log = make_log(trt)
        self._inputs: dict[str, StaticBuffer] = {}
        self._outputs: dict[str, StaticBuffer] = {}
        self._stream: Any = None
        self._graph: CudaGraph | None = None
        self._context: Any = None
        self._engine: Any = None

        def check(what: str, needed: int) -> None:
            """Refuse early and in words what would fail late and without any."""
            check_fits(what, needed, self._free_mib(), gpu, announce)

        check('the weights of the engine', len(plan))
        trt.init_libnvinfer_plugins(self._log, '')
        self._runtime = take(lambda: trt.Runtime(self._log), 'runtime', self._log)
        self._engine = self._deserialize(plan)
        try:
            check('what the engine computes with', self._scratch_bytes())
            self._context = take(self._engine.create_execution_context, 'context', self._log)
            self._allocate(trt)
            self._record()
        except CudaError as error:
            self.close()
            exhausted = isinstance(error, OutOfMemoryError)
            hint = f' ({gpu.name} has {gpu.memory_mib} MiB)' if exhausted else ''
            raise RuntimeUnavailableError(f'the engine cannot be set up: {error}{hint}') from error
        except InferenceError as error:
            self.close()
            raise RuntimeUnavailableError(f'the engine does not run: {error}') from error
        except RuntimeUnavailableError:
            self.close()
            raise

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Run the engine once.

        Raises
        ------
        OutOfMemoryError : the GPU's memory did not suffice.
        InferenceError : names, shapes or dtypes are not the engine's, or it failed.
        """
        if self._context is None:
            raise InferenceError('this runtime was closed')
        expected = {name: (b.host.shape, b.host.dtype) for name, b in self._inputs.items()}
        problem = check_inputs(inputs, expected)
        if problem:
            raise InferenceError(problem)
        for name, buffer in self._inputs.items():
            buffer.host[...] = inputs[name]
        if self._graph is not None:
            self._graph.launch()
        else:
            self._enqueue()
        call(self._cuda, 'cudaStreamSynchronize', self._stream)
        return {name: buffer.host.copy() for name, buffer in self._outputs.items()}

    def free_caches(self) -> None:
        """Do nothing: what an engine holds it needs."""

    def close(self) -> None:
        """Free graph, buffers, stream, engine. The order matters: users before what they use."""
        if self._graph is not None:
            self._graph.close()
        for buffer in (*self._inputs.values(), *self._outputs.values()):
            buffer.close()
        if self._stream is not None:
            release(self._cuda, 'cudaStreamDestroy', self._stream)
        self._inputs, self._outputs = {}, {}
        self._graph = self._stream = None
        self._context = None
        self._engine = None
        self._runtime = None

    def _free_mib(self) -> int:
        try:
            return free_memory_mib(self._cuda)
        except CudaError as error:
            raise RuntimeUnavailableError(f'the GPU cannot be asked: {error}') from error

    def _scratch_bytes(self) -> int:
        if hasattr(self._engine, 'device_memory_size_v2'):  # from 10.1 on, in 11 alone
            return int(self._engine.device_memory_size_v2)
        return int(self._engine.device_memory_size)

    def _deserialize(self, plan: bytes) -> Any:
        try:
            return take(lambda: self._runtime.deserialize_cuda_engine(plan), 'engine', self._log)
        except RuntimeUnavailableError as error:
            raise EngineRefusedError(str(error)) from error

    def _allocate(self, trt: Any) -> None:
        self._stream = call(
            self._cuda, 'cudaStreamCreateWithFlags', self._cuda.cudaStreamNonBlocking
        )
        for index in range(self._engine.num_io_tensors):
            name = self._engine.get_tensor_name(index)
            shape = tuple(self._engine.get_tensor_shape(name))
            kind = self._engine.get_tensor_dtype(name).name
            if min(shape, default=1) < 1 or kind not in _DTYPES:
                raise RuntimeUnavailableError(
                    f"tensor '{name}' of the engine is {kind} {shape}; shapes must be fixed and "
                    f'types among {", ".join(_DTYPES)}'
                )
            buffer = StaticBuffer(self._cuda, shape, np.dtype(_DTYPES[kind]))
            is_input = self._engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT
            (self._inputs if is_input else self._outputs)[name] = buffer
            buffer.host[...] = 0
            if not self._context.set_tensor_address(name, buffer.device):
                raise RuntimeUnavailableError(
                    f"TensorRT takes no buffer for '{name}': {self._log.errors()}"
                )

    def _record(self) -> None:
        """Run once, as recording demands, then record; without a recording it runs as well."""
        self._enqueue()
        call(self._cuda, 'cudaStreamSynchronize', self._stream)
        try:
            self._graph = CudaGraph(self._cuda, self._stream, self._enqueue)
        except InferenceError as error:
            _LOG.info('no CUDA graph (%s); the engine is queued anew for every run', error)
        self.uses_cuda_graph = self._graph is not None

    def _enqueue(self) -> None:
        for buffer in self._inputs.values():
            buffer.upload(self._stream)
        if not self._context.execute_async_v3(int(self._stream)):
            reason = self._log.errors()
            kind = OutOfMemoryError if speaks_of_memory(reason) else InferenceError
            raise kind(f'TensorRT failed: {reason}')
        for buffer in self._outputs.values():
            buffer.download(self._stream)
