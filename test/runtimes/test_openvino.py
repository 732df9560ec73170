# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from support.bundles import HEIGHT, WIDTH, expected_depth
from support.golden import write_golden_bundle

pytest.importorskip('openvino', reason='OpenVINO is not installed (extra: openvino)')

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import InferenceError, RuntimeUnavailableError
from diffperc_ros.runtimes.openvino import OpenVinoRuntime, computes_in_bfloat16
from diffperc_ros.runtimes.options import EngineOptions
from diffperc_ros.runtimes.select import open_runtime
from diffperc_ros.runtimes.self_test import SelfTestError

IMAGE = np.full((1, 3, HEIGHT, WIDTH), 51, np.uint8)


def test_named_arrays_in_and_out(brightness_bundle: Bundle) -> None:
    runtime = OpenVinoRuntime(brightness_bundle.file('depth.onnx'), threads=1)
    depth = runtime.run({'image': IMAGE})['depth']
    kept = depth.copy()
    np.testing.assert_allclose(depth, expected_depth(51), rtol=1e-6)
    np.testing.assert_allclose(runtime.run({'image': IMAGE + 1})['depth'], expected_depth(52))
    np.testing.assert_array_equal(depth, kept, 'answers belong to the caller')
    with pytest.raises(InferenceError, match="input 'image' is uint8"):
        runtime.run({'image': IMAGE[..., 1:]})
    runtime.free_caches()
    np.testing.assert_allclose(runtime.run({'image': IMAGE})['depth'], expected_depth(51))
    runtime.close()
    runtime.close()
    with pytest.raises(InferenceError, match='closed'):
        runtime.run({'image': IMAGE})


def test_inputs_keep_the_names_of_the_graph(tmp_path: Path) -> None:
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    graph = helper.make_graph(
        [
            helper.make_node('Cast', ['prompt'], ['_to_copy'], to=TensorProto.INT64),
            helper.make_node('Gather', ['rows', '_to_copy'], ['chosen']),
        ],
        'choice',
        [helper.make_tensor_value_info('prompt', TensorProto.INT32, [1])],
        [helper.make_tensor_value_info('chosen', TensorProto.FLOAT, [1, 2])],
        [numpy_helper.from_array(rows, 'rows')],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 18)], ir_version=8)
    onnx.save(model, tmp_path / 'choice.onnx')
    runtime = OpenVinoRuntime(tmp_path / 'choice.onnx')
    for row in (2, 0):
        answer = runtime.run({'prompt': np.array([row], np.int32)})
        np.testing.assert_array_equal(answer['chosen'], rows[[row]])


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    file = tmp_path / 'depth.onnx'
    file.write_bytes(b'no graph')
    with pytest.raises(RuntimeUnavailableError, match=r'depth\.onnx: OpenVINO .* refuses'):
        OpenVinoRuntime(file)


def test_bfloat16_is_taken_only_where_the_bundle_vouches_for_it(tmp_path: Path) -> None:
    strict = write_golden_bundle(tmp_path / 'strict')
    options = EngineOptions(
        backend='openvino', precision='bf16', engine_cache_dir=tmp_path / 'cache'
    )
    with pytest.raises(RuntimeUnavailableError, match='tells no tolerance for bfloat16'):
        open_runtime(strict, options)
    if computes_in_bfloat16():
        tolerance = {
            name: {'relative_error': 0.05, 'rank_correlation': 0.9}
            for name in ('float32', 'bfloat16')
        }
        loose = write_golden_bundle(tmp_path / 'loose', tolerance)
        assert open_runtime(loose, options).choice.precision == 'bfloat16'
    assert open_runtime(strict, options, precision='auto').choice.precision == 'float32'


def test_bfloat16_without_golden_answers_is_refused(
    brightness_bundle: Bundle, tmp_path: Path
) -> None:
    options = EngineOptions(
        backend='openvino', precision='bf16', engine_cache_dir=tmp_path / 'cache'
    )
    with pytest.raises(SelfTestError, match='no golden answers vouch for bfloat16'):
        open_runtime(brightness_bundle, options)
