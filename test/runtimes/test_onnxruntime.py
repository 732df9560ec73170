# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from support.bundles import HEIGHT, WIDTH, expected_depth

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import InferenceError, OutOfMemoryError, RuntimeUnavailableError
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime, available_devices

IMAGE = np.full((1, 3, HEIGHT, WIDTH), 51, np.uint8)


def test_named_arrays_in_and_out(brightness_bundle: Bundle) -> None:
    runtime = OnnxRuntime(brightness_bundle.file('depth.onnx'), threads=1)
    depth = runtime.run({'image': IMAGE})['depth']
    assert depth.shape == (1, 1, HEIGHT, WIDTH)
    np.testing.assert_allclose(depth, expected_depth(51), rtol=1e-6)
    assert (runtime.name, runtime.version != '') == ('onnxruntime', True)


@pytest.mark.parametrize(
    ('inputs', 'message'),
    [
        ({}, 'the graph takes'),
        ({'picture': IMAGE}, 'the graph takes'),
        ({'image': IMAGE.astype(np.float32)}, "input 'image' is float32"),
        ({'image': IMAGE[..., :-1]}, r"input 'image' is uint8 \(1, 3, 48, 63\)"),
        ({'image': IMAGE[0]}, r"input 'image' is uint8 \(3, 48, 64\)"),
    ],
)
def test_wrong_inputs_are_refused_by_name(
    brightness_bundle: Bundle, inputs: dict[str, np.ndarray], message: str
) -> None:
    runtime = OnnxRuntime(brightness_bundle.file('depth.onnx'))
    with pytest.raises(InferenceError, match=message):
        runtime.run(inputs)


def greedy_graph(path: Path) -> Path:
    """Write a graph that takes as much memory as its input says."""
    nodes = [
        helper.make_node('Expand', ['one', 'size'], ['large']),
        helper.make_node('ReduceSum', ['large'], ['sum'], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        'greedy',
        [
            helper.make_tensor_value_info('one', TensorProto.FLOAT, [1]),
            helper.make_tensor_value_info('size', TensorProto.INT64, [1]),
        ],
        [helper.make_tensor_value_info('sum', TensorProto.FLOAT, [])],
    )
    opsets = [helper.make_opsetid('', 18)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return path


def test_memory_that_runs_out_has_its_own_error_and_may_come_back(tmp_path: Path) -> None:
    file = greedy_graph(tmp_path / 'greedy.onnx')
    runtime = OnnxRuntime(file, threads=1)

    def summed(size: int) -> float:
        inputs = {'one': np.ones(1, np.float32), 'size': np.array([size])}
        return float(runtime.run(inputs)['sum'])

    with pytest.raises(OutOfMemoryError, match=r'ONNX Runtime failed: .* allocate memory'):
        summed(1 << 42)
    runtime.free_caches()
    assert summed(10) == 10
    file.write_bytes(b'no graph')
    with pytest.raises(RuntimeUnavailableError, match='does not load the graph again'):
        runtime.free_caches()
    with pytest.raises(InferenceError, match='closed'):
        summed(10)


def test_a_closed_runtime_says_so(brightness_bundle: Bundle) -> None:
    runtime = OnnxRuntime(brightness_bundle.file('depth.onnx'), threads=1)
    runtime.close()
    runtime.close()
    with pytest.raises(InferenceError, match='closed'):
        runtime.run({'image': IMAGE})


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    file = tmp_path / 'depth.onnx'
    file.write_bytes(b'no graph')
    with pytest.raises(RuntimeUnavailableError, match=r'depth\.onnx: ONNX Runtime .* refuses'):
        OnnxRuntime(file)


def test_a_device_without_provider_is_refused(brightness_bundle: Bundle) -> None:
    assert available_devices()[-1] == 'cpu'
    if 'cuda' not in available_devices():
        with pytest.raises(RuntimeUnavailableError, match='it runs on: cpu'):
            OnnxRuntime(brightness_bundle.file('depth.onnx'), device='cuda')
