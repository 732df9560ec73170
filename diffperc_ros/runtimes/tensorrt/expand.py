# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A graph with stored weights as TensorRT takes it: widened beforehand.

TensorRT means quantised arithmetic by int8. A constant of it that a Cast reads is refused when the
engine is built ("only allowed before DQ": TensorRT-RTX 1.7), and releases 8 ask for the range of
every int8 tensor. No form of int8 weights with fp32 arithmetic suits all releases, so none sees
them. The engine is that of the graph as it was shipped: what is added here are the same products.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import RuntimeUnavailableError


def expand_weights(graph: Path, target: Path) -> None:
    """Write a graph whose casts and products of constants are computed.

    Parameters
    ----------
    graph : .onnx file; its data files lie beside it.
    target : .onnx file to write, in a folder of its own; its weights lie in a file beside it.

    Raises
    ------
    RuntimeUnavailableError : the package onnx is not installed.
    """
    onnx = _import_onnx()
    model = onnx.load(graph)
    nodes, initializers = model.graph.node, model.graph.initializer
    known = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in initializers}
    computed: dict[str, NDArray[Any]] = {}
    kept = []
    for node in nodes:
        given = [known.get(name) for name in node.input]
        value = _compute(onnx, node, given)
        if value is None:
            kept.append(node)
        else:
            computed[node.output[0]] = known[node.output[0]] = value
    used = {name for node in kept for name in node.input}
    constants = [tensor for tensor in initializers if tensor.name in used]
    constants += [
        onnx.numpy_helper.from_array(value, name)
        for name, value in computed.items()
        if name in used
    ]
    for field, entries in ((nodes, kept), (initializers, constants)):
        del field[:]
        field.extend(entries)
    onnx.save(model, target, save_as_external_data=True, location=f'{target.name}.data')


def _compute(onnx: Any, node: Any, given: list[NDArray[Any] | None]) -> NDArray[Any] | None:
    """Return the answer of a node that widens a weight; None: it is another one."""
    arrays = [array for array in given if array is not None]
    if len(arrays) < len(given):
        return None
    if node.op_type == 'Cast':
        to = onnx.helper.get_node_attr_value(node, 'to')
        return arrays[0].astype(onnx.helper.tensor_dtype_to_np_dtype(to))
    if node.op_type == 'Mul':
        return np.asarray(arrays[0] * arrays[1])
    return None


def _import_onnx() -> Any:
    try:
        return importlib.import_module('onnx')
    except ImportError as error:
        raise RuntimeUnavailableError(
            f'TensorRT needs the weights of this graph widened, and onnx does not import '
            f'({error}); install it with: pip install onnx'
        ) from error
