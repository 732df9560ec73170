# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every network of the package as a graph. Writing one already compares it with PyTorch."""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from support.every_network import CONFIGS, exported, make_graph, make_samples

from diffperc_ros.networks.graphs import OUTPUTS, TASKS
from diffperc_ros.networks.methods import METHODS
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime

TYPES = {TensorProto.UINT8: 'uint8', TensorProto.INT32: 'int32', TensorProto.FLOAT: 'float32'}


def test_no_network_is_left_out() -> None:
    assert set(CONFIGS) == set(METHODS) == set(TASKS)


@pytest.mark.parametrize('method', sorted(METHODS))
def test_a_network_becomes_a_graph(method: str) -> None:
    file = exported(method)
    model = onnx.load(file)
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [('', 18)]
    assert not {node.domain for node in model.graph.node} - {''}

    graph = make_graph(method)
    wanted = {
        name: (tuple(example.shape), str(example.dtype).removeprefix('torch.'))
        for name, example in graph.example_inputs(128, 64).items()
    }
    found = {
        value.name: (
            tuple(axis.dim_value for axis in value.type.tensor_type.shape.dim),
            TYPES[value.type.tensor_type.elem_type],
        )
        for value in model.graph.input
    }
    assert found == wanted
    (output,) = model.graph.output
    assert output.name == OUTPUTS[TASKS[method]]
    assert TYPES[output.type.tensor_type.elem_type] == 'float32'

    runtime = OnnxRuntime(file)
    for sample in make_samples(graph):
        reference = sample.outputs[output.name]
        answer = runtime.run(sample.inputs)[output.name]
        assert reference.std() > 1e-3, 'a constant answer would prove nothing'
        np.testing.assert_allclose(answer, reference, atol=2e-5 * np.abs(reference).max())


@pytest.mark.parametrize('method', sorted(METHODS))
def test_the_graph_holds_what_engines_fuse_and_nothing_odd(method: str) -> None:
    kinds = Counter(node.op_type for node in onnx.load(exported(method)).graph.node)
    # Attention is written out, norms are single operators, nothing depends on shapes at run time.
    assert kinds['Softmax']
    assert kinds['InstanceNormalization']
    assert kinds['LayerNormalization']
    assert not {'Attention', 'GroupNormalization', 'Shape', 'Loop', 'If'} & set(kinds)
    # The picture's bytes become numbers; a prompt's row becomes an index.
    assert kinds['Cast'] <= 2


@pytest.mark.parametrize('method', ['vpd_depth', 'metaprompts_depth'])
def test_a_portrait_off_the_grid_becomes_a_graph(method: str) -> None:
    width, height = 72, 136
    runtime = OnnxRuntime(exported(method, width=width, height=height))
    for sample in make_samples(make_graph(method), width, height):
        answer = runtime.run(sample.inputs)['depth']
        assert answer.shape == (1, 1, height, width)
        np.testing.assert_allclose(answer, sample.outputs['depth'], rtol=1e-4)


@pytest.mark.parametrize('method', ['vpd_segmentation', 'metaprompts_depth', 'iedp_depth'])
def test_half_precision_is_typed_in_the_graph(method: str) -> None:
    model = onnx.load(exported(method, 'fp16'))
    weights = Counter(value.data_type for value in model.graph.initializer if len(value.dims) > 1)
    assert weights[TensorProto.FLOAT16] > weights[TensorProto.FLOAT]
    kinds = Counter(node.op_type for node in model.graph.node)
    # Two for each softmax, a few where parts of other types meet.
    assert kinds['Cast'] <= 2 * kinds['Softmax'] + 8
    assert model.graph.output[0].type.tensor_type.elem_type == TensorProto.FLOAT


def test_the_prompt_steers_the_graph() -> None:
    runtime = OnnxRuntime(exported('vpd_depth'))
    image = make_samples(make_graph('vpd_depth'))[0].inputs['image']
    answers = [
        runtime.run({'image': image, 'prompt': np.array([row], np.int32)})['depth']
        for row in range(6)
    ]
    assert len({answer.tobytes() for answer in answers}) == 6
