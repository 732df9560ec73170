# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The same graph in opset 17, for TensorRT 8.6: the exporter cannot write it, a few edits can."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
from numpy.typing import NDArray

from diffperc_ros.core.errors import OutputError
from diffperc_ros.export.onnx import OPSET, check_operators

OPSET_17 = 17
IR_VERSION = 8
"""Of ONNX 1.12, which brought opset 17."""

_AXES_BECOME_ATTRIBUTE = frozenset(
    {'ReduceL1', 'ReduceL2', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd'}
)
_NEW_IN_18 = frozenset({'BitwiseAnd', 'BitwiseNot', 'BitwiseOr', 'Col2Im', 'GroupNormalization'})


def write_opset_17(source: Path, target: Path) -> None:
    """Write an opset-18 graph as an opset-17 graph that computes the same, bit by bit.

    Weights in a file of their own are shared by both.

    Parameters
    ----------
    source : .onnx file of opset 18, as `save_graph` writes it.
    target : .onnx file to write, in the same folder.

    Raises
    ------
    OutputError : the graph holds something that opset 17 cannot say.
    """
    model = ir.load(source)
    check_operators(model, OPSET)
    for node in model.graph.all_nodes():
        if node.op_type in _NEW_IN_18:
            raise OutputError(f'{source.name}: opset 17 has no {node.op_type}')
        if node.op_type == 'Split':
            _name_sizes(model.graph, node)
        elif node.op_type == 'Resize':
            _drop(node, 'antialias', 0)
            _drop(node, 'keep_aspect_ratio_policy', 'stretch')
            _drop(node, 'axes', None)
        elif node.op_type in _AXES_BECOME_ATTRIBUTE:
            _make_axes_an_attribute(node)
        elif node.op_type == 'Pad' and len(node.inputs) > 3:
            raise OutputError(f'{source.name}: opset 17 has no Pad with axes')
    model.opset_imports[''] = OPSET_17
    model.ir_version = IR_VERSION
    ir.save(model, target)
    onnx.checker.check_model(target, full_check=True)


def check_twin(source: Path, twin: Path, inputs: Mapping[str, NDArray[Any]]) -> None:
    """Check that both graphs answer the same bits.

    ONNX Runtime runs them as they stand: what it rearranges for speed differs with the opset.

    Raises
    ------
    OutputError : they do not.
    """
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    answers = []
    for file in (source, twin):
        session = onnxruntime.InferenceSession(
            str(file), options, providers=['CPUExecutionProvider']
        )
        answers.append(session.run(None, dict(inputs)))
        del session
    if not all(np.array_equal(one, other) for one, other in zip(*answers, strict=True)):
        raise OutputError(f'{twin.name} does not answer like {source.name}')


def _name_sizes(graph: ir.Graph, node: ir.Node) -> None:
    """Give a Split into equal parts the parts' sizes, as opset 17 wants them."""
    if 'num_outputs' not in node.attributes:
        return
    axis = node.attributes['axis'].as_int()
    shapes = [value.shape for value in node.outputs]
    if None in shapes:
        raise OutputError(f'opset 17: the sizes of {node.name} are not known')
    sizes = np.array([shape[axis] for shape in shapes if shape is not None], np.int64)
    name = f'{node.outputs[0].name}.sizes'
    value = ir.Value(name=name, const_value=ir.tensor(sizes, name=name))
    graph.register_initializer(value)
    node.resize_inputs(2)
    node.replace_input_with(1, value)
    del node.attributes['num_outputs']


def _make_axes_an_attribute(node: ir.Node) -> None:
    if len(node.inputs) > 1 and node.inputs[1] is not None:
        axes = node.inputs[1].const_value
        if axes is None:
            raise OutputError(f'opset 17: the axes of {node.op_type} are not constant')
        node.attributes['axes'] = ir.AttrInt64s('axes', axes.numpy().tolist())
    node.resize_inputs(1)
    _drop(node, 'noop_with_empty_axes', 0)


def _drop(node: ir.Node, name: str, meaning_nothing: object) -> None:
    """Remove an attribute that opset 17 does not have, if it says nothing."""
    found = node.attributes.pop(name, None)
    if found is not None and found.value != meaning_nothing:
        raise OutputError(f'opset 17: {node.op_type} has no {name} = {found.value!r}')
