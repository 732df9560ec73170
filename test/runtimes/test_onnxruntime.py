# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.bundles import HEIGHT, WIDTH, expected_depth

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import InferenceError, RuntimeUnavailableError
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
