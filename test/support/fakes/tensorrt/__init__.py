# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for TensorRT 10 that builds and runs on a CPU and fails as a test says.

An engine is the graph itself behind a header; running it is ONNX Runtime's work, on memory of the
stand-in for CUDA. What goes wrong is read at every call from the environment, because builds run
in another process: FAKE_TENSORRT is a JSON object of the keys of `SCRIPT`.
"""

from __future__ import annotations

import enum
import json
import os
import resource
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from cuda.bindings import runtime as cuda

SCRIPT: dict[str, Any] = {
    'version': '10.9.0.34',
    'typed': True,  # False: networks as in TensorRT 8
    'builder': 'ok',  # null
    'parse': 'ok',  # fail
    'build': 'ok',  # null, memory, kill, crash, garbage, disk
    'seconds': 0.0,  # that a build takes
    'progress': True,
    'runtime': 'ok',  # null
    'deserialize': 'ok',  # null
    'context': 'ok',  # null
    'execute': 'ok',  # false, memory, scale, constant, nan, alternate
    'scratch_mib': 1,  # that an engine asks for
    'journal': '',  # file that gets a line for every build
}
HEADER = b'fake engine\n'


def script(key: str) -> Any:
    return {**SCRIPT, **json.loads(os.environ.get('FAKE_TENSORRT', '{}'))}[key]


def __getattr__(name: str) -> Any:
    if name == '__version__':
        return script('version')
    if name == 'IProgressMonitor' and script('progress'):
        return _IProgressMonitor
    raise AttributeError(name)


class _Flags:
    EXPLICIT_BATCH = 0

    def __getattr__(self, name: str) -> int:
        if name == 'STRONGLY_TYPED' and script('typed'):
            return 1
        raise AttributeError(name)


NetworkDefinitionCreationFlag = _Flags()


class BuilderFlag(enum.IntEnum):
    TF32 = 7
    FP16 = 0


class MemoryPoolType(enum.IntEnum):
    WORKSPACE = 0


class OnnxParserFlag(enum.IntEnum):
    NATIVE_INSTANCENORM = 0


class TensorIOMode(enum.IntEnum):
    INPUT = 1
    OUTPUT = 2


class DataType(enum.IntEnum):
    FLOAT = 0
    HALF = 1
    INT32 = 3
    UINT8 = 5


ONNX_TYPES = {
    'tensor(uint8)': DataType.UINT8,
    'tensor(float)': DataType.FLOAT,
    'tensor(int32)': DataType.INT32,
}


class ILogger:
    class Severity(enum.IntEnum):
        ERROR = 1
        WARNING = 2
        INFO = 3

    def log(self, severity: Any, message: str) -> None:
        raise NotImplementedError


class _IProgressMonitor:
    pass


def init_libnvinfer_plugins(logger: ILogger, namespace: str) -> bool:
    return True


def _null() -> Any:
    raise TypeError('pybind11::init(): factory function returned nullptr')


class Builder:
    def __init__(self, logger: ILogger) -> None:
        if script('builder') == 'null':
            _null()
        self.logger = logger

    def create_network(self, flags: int) -> Network:
        assert flags == (2 if script('typed') else 1)
        return Network()

    def create_builder_config(self) -> BuilderConfig:
        return BuilderConfig()

    def build_serialized_network(self, network: Network, config: BuilderConfig) -> bytes | None:
        if script('journal'):
            with Path(script('journal')).open('a') as stream:
                stream.write(f'{sorted(config.flags)} {config.workspace}\n')
        monitor = config.progress_monitor
        steps = 10
        if monitor is not None:
            monitor.phase_start('Building engine', None, steps)
        for step in range(steps):
            time.sleep(script('seconds') / steps)
            if monitor is not None:
                monitor.step_complete('Building engine', step)
        how = script('build')
        if how == 'kill':
            os.kill(os.getpid(), signal.SIGKILL)
        if how == 'crash':
            os.abort()
        if how == 'disk':
            # Writes beyond this size fail, as on a full disk.
            resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))
        if how == 'null':
            self.logger.log(ILogger.Severity.ERROR, 'Could not find any implementation for node X')
            return None
        if how == 'memory':
            self.logger.log(ILogger.Severity.ERROR, 'Requested 9 bytes: CUDA out of memory.')
            return None
        if how == 'garbage':
            return b'no engine'
        return HEADER + f'{script("version")}\n'.encode() + network.graph

    @property
    def flags(self) -> int:
        return 0


class Tensor:
    def __init__(self, name: str, shape: tuple[int, ...]) -> None:
        self.name = name
        self.shape = shape


class Network:
    graph = b''
    inputs: tuple[Tensor, ...] = ()

    @property
    def num_inputs(self) -> int:
        return len(self.inputs)

    def get_input(self, index: int) -> Tensor:
        return self.inputs[index]


class TimingCache:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def serialize(self) -> bytes:
        return self.content + b'measured '


class BuilderConfig:
    def __init__(self) -> None:
        self.flags = {BuilderFlag.TF32.name}
        self.workspace = 0
        self.progress_monitor: Any = None

    def set_flag(self, flag: BuilderFlag) -> None:
        self.flags.add(flag.name)

    def clear_flag(self, flag: BuilderFlag) -> None:
        self.flags.discard(flag.name)

    def set_memory_pool_limit(self, pool: MemoryPoolType, size: int) -> None:
        self.workspace = size

    def create_timing_cache(self, content: bytes) -> TimingCache | None:
        return None if content == b'of another version' else TimingCache(content)

    def set_timing_cache(self, cache: TimingCache, ignore_mismatch: bool) -> bool:
        assert not ignore_mismatch
        return True


class ParserError:
    def desc(self) -> str:
        return 'No importer registered for op: Mystery'


class OnnxParser:
    num_errors = 1

    def __init__(self, network: Network, logger: ILogger) -> None:
        self.network = network

    def set_flag(self, flag: OnnxParserFlag) -> None:
        pass

    def parse_from_file(self, path: str) -> bool:
        if script('parse') == 'fail':
            return False
        self.network.graph = Path(path).read_bytes()
        model = onnx.load(path)
        self.network.inputs = tuple(
            Tensor(value.name, _shape(value)) for value in model.graph.input
        )
        return True

    def get_error(self, index: int) -> ParserError:
        return ParserError()


def _shape(value: Any) -> tuple[int, ...]:
    axes = value.type.tensor_type.shape.dim
    return tuple(axis.dim_value if axis.HasField('dim_value') else -1 for axis in axes)


class Runtime:
    def __init__(self, logger: ILogger) -> None:
        if script('runtime') == 'null':
            _null()
        self.logger = logger

    def deserialize_cuda_engine(self, plan: bytes) -> Engine | None:
        header = HEADER + f'{script("version")}\n'.encode()
        if script('deserialize') == 'null' or not plan.startswith(header):
            self.logger.log(ILogger.Severity.ERROR, 'Serialization assertion failed')
            return None
        return Engine(plan[len(header) :], self.logger)


class Engine:
    def __init__(self, graph: bytes, logger: ILogger) -> None:
        self.logger = logger
        self.session = onnxruntime.InferenceSession(graph, providers=['CPUExecutionProvider'])
        self.device_memory_size_v2 = script('scratch_mib') << 20
        self.inputs = [node.name for node in self.session.get_inputs()]
        self.nodes = {
            node.name: node for node in (*self.session.get_inputs(), *self.session.get_outputs())
        }

    @property
    def num_io_tensors(self) -> int:
        return len(self.nodes)

    def get_tensor_name(self, index: int) -> str:
        return list(self.nodes)[index]

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return tuple(self.nodes[name].shape)

    def get_tensor_dtype(self, name: str) -> DataType:
        return ONNX_TYPES[self.nodes[name].type]

    def get_tensor_mode(self, name: str) -> TensorIOMode:
        return TensorIOMode.INPUT if name in self.inputs else TensorIOMode.OUTPUT

    def create_execution_context(self) -> Context | None:
        return None if script('context') == 'null' else Context(self)

    def complain(self, message: str) -> None:
        self.logger.log(ILogger.Severity.ERROR, message)


class Context:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.addresses: dict[str, int] = {}
        self.calls = 0

    def set_tensor_address(self, name: str, address: int) -> bool:
        self.addresses[name] = address
        return True

    def execute_async_v3(self, stream: int) -> bool:
        if script('execute') == 'memory':
            self.engine.complain('Cuda Runtime (out of memory)')
        if script('execute') in ('false', 'memory'):
            return False
        cuda.queue(stream, self._run)
        return True

    def _run(self) -> None:
        engine = self.engine
        inputs = {name: self._memory(name).copy() for name in engine.inputs}
        names = [name for name in engine.nodes if name not in engine.inputs]
        for name, answer in zip(names, engine.session.run(names, inputs), strict=True):
            self._memory(name)[...] = self._distorted(answer)
        self.calls += 1

    def _distorted(self, answer: Any) -> Any:
        how = script('execute')
        if how == 'scale' or (how == 'alternate' and self.calls % 4 == 3):
            return answer * 1.2
        if how == 'constant':
            return np.full_like(answer, answer.mean())
        if how == 'nan':
            return np.full_like(answer, np.nan)
        return answer

    def _memory(self, name: str) -> Any:
        node = self.engine.nodes[name]
        dtype = {'tensor(uint8)': np.uint8, 'tensor(int32)': np.int32}.get(node.type, np.float32)
        return cuda.view(self.addresses[name]).view(dtype).reshape(node.shape)
