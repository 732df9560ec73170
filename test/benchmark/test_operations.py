# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from diffperc_ros.benchmark.operations import count_operations
from diffperc_ros.bundle.bundle import open_bundle

MODEL = Path(__file__).parents[2] / 'models' / 'vpd-depth-small-indoor'


def save(
    path: Path,
    node: onnx.NodeProto,
    shape: tuple[int | str, ...],
    weight: tuple[int, ...],
) -> Path:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node('Relu', ['x'], ['positive']), node],
        'graph',
        [value('x', TensorProto.FLOAT, shape)],
        [value('y', TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.zeros(weight, np.float32), 'w')],
    )
    opsets = [helper.make_opsetid('', 18)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return path


@pytest.mark.parametrize(
    ('node', 'shape', 'weight', 'macs'),
    [
        # 8 x 8 places, 16 outputs, 3 inputs under a kernel of 3 x 3.
        (
            helper.make_node('Conv', ['positive', 'w'], ['y'], pads=[1, 1, 1, 1]),
            (1, 3, 8, 8),
            (16, 3, 3, 3),
            8 * 8 * 16 * 3 * 9,
        ),
        (
            helper.make_node('Conv', ['positive', 'w'], ['y'], group=4, strides=[2, 2]),
            (1, 4, 8, 8),
            (4, 1, 2, 2),
            4 * 4 * 4 * 4,
        ),
        (
            helper.make_node('ConvTranspose', ['positive', 'w'], ['y'], strides=[2, 2]),
            (1, 6, 5, 7),
            (6, 2, 4, 4),
            5 * 7 * 6 * 2 * 16,
        ),
        (helper.make_node('MatMul', ['positive', 'w'], ['y']), (2, 5, 7), (7, 11), 2 * 5 * 7 * 11),
        (helper.make_node('Gemm', ['positive', 'w'], ['y']), (5, 7), (7, 11), 5 * 7 * 11),
        (
            helper.make_node('Gemm', ['positive', 'w'], ['y'], transA=1, transB=1),
            (7, 5),
            (11, 7),
            5 * 7 * 11,
        ),
        (helper.make_node('Add', ['positive', 'w'], ['y']), (5, 7), (5, 7), 0),
    ],
)
def test_products_are_counted_by_hand(
    tmp_path: Path,
    node: onnx.NodeProto,
    shape: tuple[int, ...],
    weight: tuple[int, ...],
    macs: int,
) -> None:
    found = count_operations(save(tmp_path / 'graph.onnx', node, shape, weight))
    assert (found.macs, found.parameters) == (macs, int(np.prod(weight)))
    assert found.uncounted == ()
    assert found.gflop == pytest.approx(2 * macs / 1e9)


def test_what_has_no_shape_is_named(tmp_path: Path) -> None:
    node = helper.make_node('MatMul', ['positive', 'w'], ['y'], name='product')
    found = count_operations(save(tmp_path / 'graph.onnx', node, ('batch', 7), (7, 11)))
    assert (found.macs, found.uncounted) == (0, ('product',))


def test_every_product_of_the_default_model_is_counted() -> None:
    bundle = open_bundle(MODEL)
    found = count_operations(bundle.file(bundle.graph('realtime').file))
    assert found.uncounted == ()
    assert found.macs > 0
    assert 5e6 < found.parameters < 7e6
