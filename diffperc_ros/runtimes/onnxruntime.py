# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime: the CPU engine everywhere, CUDA where its build has it.

Its TensorRT provider is left out: it builds engines in silence at the first run and checks none.
`runtimes/tensorrt` runs TensorRT itself.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import InferenceError, RuntimeUnavailableError
from diffperc_ros.runtimes.errors import first_line, inference_error
from diffperc_ros.runtimes.protocol import Arrays, check_inputs

DEVICES = {
    'cpu': ('CPUExecutionProvider',),
    'cuda': ('CUDAExecutionProvider', 'CPUExecutionProvider'),
}
_DTYPES: dict[str, np.dtype[Any]] = {
    'tensor(uint8)': np.dtype(np.uint8),
    'tensor(float16)': np.dtype(np.float16),
    'tensor(float)': np.dtype(np.float32),
    'tensor(int32)': np.dtype(np.int32),
    'tensor(int64)': np.dtype(np.int64),
}


def available_devices() -> list[str]:
    """Return the devices this build of ONNX Runtime has a provider for, fastest first.

    A provider that is built in may still fail to load; `OnnxRuntime` reports what really runs.
    """
    providers = set(_import_onnxruntime().get_available_providers())
    return [device for device in ('cuda', 'cpu') if DEVICES[device][0] in providers]


class OnnxRuntime:
    """A graph file loaded into ONNX Runtime.

    Parameters
    ----------
    graph : .onnx file.
    device : 'cpu' or 'cuda'.
    threads : CPU threads of one run; 0 leaves the choice to the engine.

    Raises
    ------
    RuntimeUnavailableError : ONNX Runtime is not installed, its build has no provider for
        `device`, the provider does not load, or the graph is refused.
    """

    name = 'onnxruntime'

    def __init__(self, graph: Path, *, device: str = 'cpu', threads: int = 0) -> None:
        onnxruntime = _import_onnxruntime()
        providers = list(DEVICES[device])
        if providers[0] not in onnxruntime.get_available_providers():
            raise RuntimeUnavailableError(
                f"this build of ONNX Runtime has no {providers[0]} for device '{device}'; "
                f'it runs on: {", ".join(available_devices())}'
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._load: Callable[[], Any] = lambda: onnxruntime.InferenceSession(
                str(graph), sess_options=options, providers=providers
            )
            self._session = self._load()
        except Exception as error:
            raise RuntimeUnavailableError(
                f'{graph}: ONNX Runtime {onnxruntime.__version__} refuses the graph: '
                f'{first_line(error)}'
            ) from error
        active = self._session.get_providers()[0]
        if active != providers[0]:
            raise RuntimeUnavailableError(
                f"{providers[0]} did not load for device '{device}' (ONNX Runtime fell back to "
                f'{active}); check its CUDA libraries, or ask for device cpu'
            )
        self.version = str(onnxruntime.__version__)
        self.device = 'CPU' if device == 'cpu' else f'GPU through {active}'
        self._expected = {
            node.name: (
                tuple(axis if isinstance(axis, int) else None for axis in node.shape),
                _DTYPES[node.type],
            )
            for node in self._session.get_inputs()
        }
        self._outputs = [node.name for node in self._session.get_outputs()]

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Run the graph once.

        Raises
        ------
        OutOfMemoryError : memory did not suffice.
        InferenceError : names, shapes or dtypes are not the graph's, or the engine failed.
        """
        if self._session is None:
            raise InferenceError('this runtime was closed')
        problem = check_inputs(inputs, self._expected)
        if problem:
            raise InferenceError(problem)
        try:
            results = self._session.run(self._outputs, dict(inputs))
        except Exception as error:
            raise inference_error('ONNX Runtime', error) from error
        return dict(zip(self._outputs, results, strict=True))

    def free_caches(self) -> None:
        """Load the graph anew: the arena, which only grows, goes with the session.

        Raises
        ------
        RuntimeUnavailableError : it does not load any more.
        """
        self._session = None
        try:
            self._session = self._load()
        except Exception as error:
            raise RuntimeUnavailableError(
                f'ONNX Runtime does not load the graph again: {first_line(error)}'
            ) from error

    def close(self) -> None:
        """Free the session and its memory."""
        self._session = None


def _import_onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise RuntimeUnavailableError(
            f'ONNX Runtime does not import ({error}); install it with: pip install onnxruntime'
        ) from error
    return onnxruntime
