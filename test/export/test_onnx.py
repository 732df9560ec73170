# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from support.networks import TINY

from diffperc_ros.core.errors import OutputError
from diffperc_ros.export.onnx import (
    OPSET,
    export_depth_graph,
    save_graph,
    store_weights_as_half,
)
from diffperc_ros.networks.factory import build
from diffperc_ros.networks.graph import DepthGraph
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime


@pytest.fixture(scope='module')
def graph() -> DepthGraph:
    torch.manual_seed(0)
    return DepthGraph(build(TINY)).eval()


@pytest.fixture(scope='module')
def model(graph: DepthGraph) -> onnx.ModelProto:
    return export_depth_graph(graph, 128, 64)


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (1, 3, 64, 128), dtype=np.uint8)


@pytest.mark.parametrize(('half', 'tolerance'), [(False, 1e-5), (True, 5e-3)])
def test_the_graph_answers_like_pytorch(
    graph: DepthGraph,
    model: onnx.ModelProto,
    image: np.ndarray,
    tmp_path: Path,
    half: bool,
    tolerance: float,
) -> None:
    save_graph(store_weights_as_half(model) if half else model, tmp_path / 'depth.onnx')
    with torch.inference_mode():
        expected = graph(torch.from_numpy(image)).numpy()
    found = OnnxRuntime(tmp_path / 'depth.onnx').run({'image': image})['depth']
    assert expected.std() > 1e-3, 'a constant answer would prove nothing'
    np.testing.assert_allclose(found, expected, rtol=tolerance)


def test_the_opset_is_the_one_asked_for(model: onnx.ModelProto) -> None:
    assert {entry.domain: entry.version for entry in model.opset_import}[''] == OPSET
    assert not {node.domain for node in model.graph.node} - {''}


def test_half_storage_halves_the_file(model: onnx.ModelProto) -> None:
    def weight_bytes(proto: onnx.ModelProto) -> int:
        return sum(numpy_helper.to_array(value).nbytes for value in proto.graph.initializer)

    assert weight_bytes(store_weights_as_half(model)) < 0.6 * weight_bytes(model)


def test_a_weight_beyond_half_precision_is_refused(model: onnx.ModelProto) -> None:
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    for initializer in changed.graph.initializer:
        values = numpy_helper.to_array(initializer)
        if values.dtype == np.float32 and values.size > 100:
            initializer.CopyFrom(numpy_helper.from_array(values * 1e9, initializer.name))
            break
    with pytest.raises(OutputError, match='does not fit into fp16'):
        store_weights_as_half(changed)


def test_the_file_says_nothing_of_the_machine_that_made_it(
    model: onnx.ModelProto, tmp_path: Path
) -> None:
    save_graph(model, tmp_path / 'depth.onnx')
    data = (tmp_path / 'depth.onnx').read_bytes()
    assert str(Path(__file__).parents[2]).encode() not in data
    assert b'site-packages' not in data
