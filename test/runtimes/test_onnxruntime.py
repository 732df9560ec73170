# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.bundles import HEIGHT, WIDTH, expected_depth

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import (
    BundleError,
    InferenceError,
    RuntimeUnavailableError,
    SettingError,
)
from diffperc_ros.runtimes import select
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime, available_devices
from diffperc_ros.runtimes.select import open_runtime

IMAGE = np.full((1, 3, HEIGHT, WIDTH), 51, np.uint8)


def test_named_arrays_in_and_out(brightness_bundle: Bundle) -> None:
    runtime = open_runtime(brightness_bundle)
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
    runtime = open_runtime(brightness_bundle, device='cpu')
    with pytest.raises(InferenceError, match=message):
        runtime.run(inputs)


def test_a_closed_runtime_says_so(brightness_bundle: Bundle) -> None:
    runtime = open_runtime(brightness_bundle)
    runtime.close()
    runtime.close()
    with pytest.raises(InferenceError, match='closed'):
        runtime.run({'image': IMAGE})


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    file = tmp_path / 'depth.onnx'
    file.write_bytes(b'no graph')
    with pytest.raises(RuntimeUnavailableError, match=r'depth\.onnx: ONNX Runtime .* refuses'):
        OnnxRuntime(file)


def test_what_cannot_run_here_is_never_exchanged_in_silence(brightness_bundle: Bundle) -> None:
    assert available_devices()[-1] == 'cpu'
    for device in ('cuda', 'tensorrt'):
        if device not in available_devices():
            with pytest.raises(RuntimeUnavailableError, match='it runs on: '):
                open_runtime(brightness_bundle, device=device)


@pytest.mark.parametrize(
    ('options', 'error'),
    [
        ({'backend': 'tensorflow'}, SettingError),
        ({'device': 'quantum'}, SettingError),
        ({'profile': 'paper'}, BundleError),
        ({'backend': 'torch'}, BundleError),
    ],
)
def test_unknown_choices_are_refused(
    brightness_bundle: Bundle, options: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        open_runtime(brightness_bundle, **options)  # type: ignore[arg-type]


def test_a_device_that_does_not_load_is_passed_over_aloud(
    brightness_bundle: Bundle, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(select, 'available_devices', lambda: ['cuda', 'cpu'])
    if 'cuda' not in available_devices():
        assert open_runtime(brightness_bundle).device == 'CPU'
        assert "device 'cuda' is passed over: this build of ONNX Runtime has no" in caplog.text
