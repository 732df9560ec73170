# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from support.rtx import compile_with_rtx

from diffperc_ros.core.errors import RuntimeUnavailableError
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.runtimes.tensorrt.expand import expand_weights


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Two layers: weights in a byte each with their steps, and in fp16."""
    random = np.random.default_rng(0)
    constants = {
        'first.int8': random.integers(-127, 128, (16, 3, 3, 3)).astype(np.int8),
        'first.steps': random.uniform(0.001, 0.01, (16, 1, 1, 1)).astype(np.float32),
        'second.half': random.normal(size=(4, 16, 1, 1)).astype(np.float16),
    }
    nodes = [
        helper.make_node('Cast', ['first.int8'], ['levels'], to=TensorProto.FLOAT),
        helper.make_node('Mul', ['levels', 'first.steps'], ['first']),
        helper.make_node('Cast', ['second.half'], ['second'], to=TensorProto.FLOAT),
        helper.make_node('Conv', ['x', 'first'], ['hidden']),
        helper.make_node('Mul', ['hidden', 'hidden'], ['square']),
        helper.make_node('Conv', ['square', 'second'], ['y']),
    ]
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        nodes,
        'two layers',
        [value('x', TensorProto.FLOAT, [1, 3, 8, 8])],
        [value('y', TensorProto.FLOAT, [1, 4, 6, 6])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    file = tmp_path / 'stored.onnx'
    onnx.save(
        helper.make_model(body, opset_imports=[helper.make_opsetid('', 18)], ir_version=8), file
    )
    return file


def test_the_widened_graph_answers_the_same_bits(graph: Path, tmp_path: Path) -> None:
    wide = tmp_path / 'wide.onnx'
    expand_weights(graph, wide)
    onnx.checker.check_model(wide, full_check=True)
    model = onnx.load(wide)
    assert [node.op_type for node in model.graph.node] == ['Conv', 'Mul', 'Conv']
    assert {entry.name: entry.data_type for entry in model.graph.initializer} == {
        'first': TensorProto.FLOAT,
        'second': TensorProto.FLOAT,
    }
    picture = {'x': np.random.default_rng(1).normal(size=(1, 3, 8, 8)).astype(np.float32)}
    answers = [OnnxRuntime(file).run(picture)['y'] for file in (graph, wide)]
    np.testing.assert_array_equal(*answers)


def test_the_real_compiler_takes_it_widened_only(graph: Path, tmp_path: Path) -> None:
    assert compile_with_rtx(graph, 'float32', tmp_path, 'int8').megabytes > 0
    # Should it ever take int8 as it is, expand.py has become needless.
    with pytest.raises(RuntimeUnavailableError, match='only allowed before DQ'):
        compile_with_rtx(graph, 'float32', tmp_path)


def test_nothing_of_the_widened_graph_is_left(graph: Path, tmp_path: Path) -> None:
    folder = tmp_path / 'engines'
    folder.mkdir()
    compile_with_rtx(graph, 'float32', folder, 'int8')
    assert sorted(file.name for file in folder.iterdir()) == ['stored.engine', 'timing']


def test_without_onnx_it_is_said_how_to_get_it(
    graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, 'onnx', None)
    with pytest.raises(RuntimeUnavailableError, match='pip install onnx'):
        expand_weights(graph, tmp_path / 'wide.onnx')
