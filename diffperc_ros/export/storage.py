# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Weights of an fp32 graph in a half or a quarter of the bytes, widened by the graph itself.

Engines fold the widening when they load the graph, so arithmetic stays fp32 and speed the same.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from diffperc_ros.core.errors import OutputError

StorageDtype: TypeAlias = Literal['float16', 'int8']

SMALL = 64
"""Initializers of fewer elements stay fp32: they are no share of the size."""

LEVELS = 127
OFF_THE_GRID = 1e-3
"""Of a step: what folding a factor into rounded weights moves them by is far less."""


class OnGrid(NamedTuple):
    """A weight as its step per channel, float32 with axes to broadcast, times int8 levels."""

    levels: NDArray[np.int8]
    steps: NDArray[np.float32]


def store_weights_compactly(model: ir.Model) -> StorageDtype:
    """Store large fp32 weights as int8 with a scale per channel, or as fp16.

    As int8 are stored weights that lose nothing by it: `rounding.round_weights` made them. The
    exporter may have transposed them, so channels may lie along any axis.

    Parameters
    ----------
    model : changed in place.

    Returns
    -------
    The narrowest type in use.

    Raises
    ------
    OutputError : a weight does not fit into fp16's range.
    """
    graph = model.graph
    widening: list[ir.Node] = []
    narrowest: StorageDtype = 'float16'
    for name, weight in list(graph.initializers.items()):
        values = weight.const_value
        if values is None or values.dtype != ir.DataType.FLOAT or values.size < SMALL:
            continue
        array = values.numpy()
        grid = find_grid(array)
        if grid is None:
            nodes = _widened(graph, f'{name}.half', _as_half(name, array))
        else:
            narrowest = 'int8'
            nodes = _widened(graph, f'{name}.int8', grid.levels)
            steps = _initializer(graph, f'{name}.steps', grid.steps)
            nodes.append(_typed('Mul', [nodes[-1].outputs[0], steps], weight))
        wide = nodes[-1].outputs[0]
        weight.replace_all_uses_with(wide)
        del graph.initializers[name]
        wide.name = name
        widening += nodes
    graph.insert_before(graph[0], widening)
    return narrowest


def find_grid(weight: NDArray[np.float32]) -> OnGrid | None:
    """Return a weight's levels and steps; None: it lies on no grid, or int8 would not be smaller.

    Parameters
    ----------
    weight : of any shape.
    """
    for axis in range(weight.ndim):
        others = tuple(other for other in range(weight.ndim) if other != axis)
        steps = np.abs(weight).max(axis=others, keepdims=True) / np.float32(LEVELS)
        # A byte a weight and four a channel, against two a weight.
        if 4 * steps.size >= weight.size:
            continue
        exact = weight / np.where(steps > 0, steps, 1)
        levels = np.rint(exact)
        if np.abs(exact - levels).max() < OFF_THE_GRID:
            return OnGrid(levels.astype(np.int8), steps.astype(np.float32))
    return None


def _as_half(name: str, weight: NDArray[np.float32]) -> NDArray[np.float16]:
    with np.errstate(over='ignore'):
        half = weight.astype(np.float16)
    if not np.isfinite(half).all():
        raise OutputError(f'weight {name} does not fit into fp16')
    return half


def _widened(graph: ir.Graph, name: str, stored: NDArray[np.float16 | np.int8]) -> list[ir.Node]:
    value = _initializer(graph, name, stored)
    return [_typed('Cast', [value], value, attributes={'to': ir.DataType.FLOAT})]


def _initializer(graph: ir.Graph, name: str, array: NDArray[np.generic]) -> ir.Value:
    tensor = ir.tensor(array, name=name)
    value = ir.Value(
        name=name,
        shape=ir.Shape(array.shape),
        type=ir.TensorType(tensor.dtype),
        const_value=tensor,
    )
    graph.register_initializer(value)
    return value


def _typed(
    operator: str,
    inputs: list[ir.Value],
    like: ir.Value,
    attributes: dict[str, ir.DataType] | None = None,
) -> ir.Node:
    """Return a node whose answer is fp32 of a known shape."""
    node = ir.node(operator, inputs, attributes=attributes)
    node.outputs[0].dtype, node.outputs[0].shape = ir.DataType.FLOAT, like.shape
    return node
