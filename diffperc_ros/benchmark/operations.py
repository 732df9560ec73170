# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How much a graph computes, counted from the graph itself."""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffperc_ros.core.errors import RuntimeUnavailableError

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Operations:
    """What one run of a graph takes.

    Parameters
    ----------
    macs : multiply-accumulates of convolutions and matrix products; one is two FLOPs. All else
        (normalisation, activation, softmax, resizing) is not counted.
    parameters : values in the graph's weights.
    uncounted : names of such nodes whose shapes are not known.
    """

    macs: int
    parameters: int
    uncounted: tuple[str, ...] = ()

    @property
    def gflop(self) -> float:
        """The same in 10^9 floating-point operations."""
        return 2 * self.macs / 1e9


def count_operations(graph: Path) -> Operations:
    """Count a graph's operations by ONNX shape inference.

    Raises
    ------
    RuntimeUnavailableError : the onnx package is not installed.
    """
    try:
        onnx = importlib.import_module('onnx')
    except ImportError as error:
        raise RuntimeUnavailableError(
            f'operations are counted with the onnx package ({error}): pip install onnx'
        ) from error
    # Weights beside the graph are not needed: their shapes stand in it.
    model = onnx.load(str(graph), load_external_data=False)
    shapes = _shapes(onnx.shape_inference.infer_shapes(model, data_prop=True).graph)
    macs, uncounted = 0, []
    for node in model.graph.node:
        count = _COUNTS.get(node.op_type)
        if count is None:
            continue
        try:
            macs += count(node, shapes)
        except KeyError:
            uncounted.append(node.name or node.output[0])
    weights = [tuple(weight.dims) for weight in model.graph.initializer]
    return Operations(macs, sum(math.prod(shape) for shape in weights), tuple(uncounted))


def _shapes(graph: Any) -> dict[str, Shape]:
    """Return the shapes of all values that are wholly known."""
    shapes = {weight.name: tuple(weight.dims) for weight in graph.initializer}
    for value in (*graph.input, *graph.output, *graph.value_info):
        axes = value.type.tensor_type.shape.dim
        if all(axis.HasField('dim_value') for axis in axes):
            shapes[value.name] = tuple(axis.dim_value for axis in axes)
    return shapes


def _convolution(node: Any, shapes: Mapping[str, Shape]) -> int:
    # Weight: (out, in / groups, kernel...).
    return math.prod(shapes[node.output[0]]) * math.prod(shapes[node.input[1]][1:])


def _transposed_convolution(node: Any, shapes: Mapping[str, Shape]) -> int:
    # Weight: (in, out / groups, kernel...); each input value meets all of it.
    return math.prod(shapes[node.input[0]]) * math.prod(shapes[node.input[1]][1:])


def _matrix_product(node: Any, shapes: Mapping[str, Shape]) -> int:
    return math.prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]


def _gemm(node: Any, shapes: Mapping[str, Shape]) -> int:
    turned = any(attribute.name == 'transA' and attribute.i for attribute in node.attribute)
    return math.prod(shapes[node.output[0]]) * shapes[node.input[0]][0 if turned else 1]


_COUNTS = {
    'Conv': _convolution,
    'ConvTranspose': _transposed_convolution,
    'MatMul': _matrix_product,
    'Gemm': _gemm,
}
