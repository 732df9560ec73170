# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""OpenVINO: the other CPU engine, the faster one where the CPU computes in bfloat16."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import InferenceError, RuntimeUnavailableError
from diffperc_ros.runtimes.errors import first_line, inference_error
from diffperc_ros.runtimes.forms import Dtype
from diffperc_ros.runtimes.protocol import Arrays, check_inputs

# Said outright: where the CPU has bfloat16, OpenVINO's own choice is bfloat16.
_PRECISION_HINTS: dict[Dtype, str] = {'float32': 'f32', 'bfloat16': 'bf16'}


def computes_in_bfloat16() -> bool:
    """Return whether OpenVINO is here and this CPU has instructions for bfloat16."""
    try:
        core = _import_openvino().Core()
        return 'BF16' in core.get_property('CPU', 'OPTIMIZATION_CAPABILITIES')
    except RuntimeError:
        return False


class OpenVinoRuntime:
    """A graph file compiled by OpenVINO for the CPU.

    Parameters
    ----------
    graph : .onnx file with fp32 arithmetic.
    dtype : 'float32' or 'bfloat16', what the arithmetic runs in.
    threads : CPU threads of one run; 0 leaves the choice to the engine.

    Raises
    ------
    RuntimeUnavailableError : OpenVINO is not installed, or refuses the graph.
    """

    name = 'openvino'
    device = 'CPU'

    def __init__(self, graph: Path, *, dtype: Dtype = 'float32', threads: int = 0) -> None:
        openvino = _import_openvino()
        # What follows the build number names the branch it was built from.
        self.version = '-'.join(str(openvino.__version__).split('-')[:2])
        properties: dict[str, Any] = {
            'INFERENCE_PRECISION_HINT': _PRECISION_HINTS[dtype],
            'PERFORMANCE_HINT': 'LATENCY',
        }
        if threads:
            properties['INFERENCE_NUM_THREADS'] = threads
        try:
            core = openvino.Core()
            model = core.read_model(str(graph))
            # Compiling may merge an input with its cast, which leaves the port two names and a
            # free choice between them: names are those of the graph as it was read.
            inputs = [port.any_name for port in model.inputs]
            self._outputs = [port.any_name for port in model.outputs]
            self._model = core.compile_model(model, 'CPU', properties)
            self._request = self._model.create_infer_request()
        except RuntimeError as error:
            raise RuntimeUnavailableError(
                f'{graph}: OpenVINO {self.version} refuses the graph: {first_line(error)}'
            ) from error
        self._expected = {
            name: _shape_and_dtype(port)
            for name, port in zip(inputs, self._model.inputs, strict=True)
        }

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Run the graph once.

        Raises
        ------
        OutOfMemoryError : memory did not suffice.
        InferenceError : names, shapes or dtypes are not the graph's, or the engine failed.
        """
        if self._request is None:
            raise InferenceError('this runtime was closed')
        problem = check_inputs(inputs, self._expected)
        if problem:
            raise InferenceError(problem)
        try:
            self._request.infer([inputs[name] for name in self._expected])
        except (RuntimeError, MemoryError) as error:
            raise inference_error('OpenVINO', error) from error
        return {
            name: self._request.get_output_tensor(index).data.copy()
            for index, name in enumerate(self._outputs)
        }

    def free_caches(self) -> None:
        """Free what lies between the layers; the next run takes it again."""
        self._model.release_memory()

    def close(self) -> None:
        """Free the compiled graph and its memory."""
        self._request = self._model = None


def _shape_and_dtype(port: Any) -> tuple[tuple[int | None, ...], np.dtype[Any]]:
    shape = tuple(None if axis.is_dynamic else axis.get_length() for axis in port.partial_shape)
    return shape, np.dtype(port.element_type.to_dtype())


def _import_openvino() -> Any:
    try:
        return importlib.import_module('openvino')
    except ImportError as error:
        raise RuntimeUnavailableError(
            f'OpenVINO does not import ({error}); install it with: pip install openvino'
        ) from error
