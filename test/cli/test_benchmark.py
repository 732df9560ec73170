# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.tensorrt import has_gpu

from diffperc_ros.bundle.bundle import Bundle

Diffperc = Callable[..., tuple[int, str, str]]


def test_a_table_and_all_figures(
    diffperc: Diffperc, brightness_bundle: Bundle, tmp_path: Path
) -> None:
    figures, table = tmp_path / 'benchmark.json', tmp_path / 'benchmark.md'
    arguments = ('benchmark', brightness_bundle.path, '--engine', 'onnxruntime:cpu')
    status, output, errors = diffperc(
        *arguments, '--frames', 2, '--warm-up', 0, '--json', figures, '--markdown', table
    )
    assert status == 0, errors
    assert '| brightness | onnxruntime cpu ' in output
    assert table.read_text().strip() == output.strip()
    (result,) = json.loads(figures.read_text())['results']
    assert result['frames'] == 2
    assert result['operations']['macs'] == 0


def test_nothing_to_measure_is_an_error(diffperc: Diffperc, brightness_bundle: Bundle) -> None:
    if has_gpu():
        pytest.skip('this machine has a GPU')
    status, output, errors = diffperc(
        'benchmark', brightness_bundle.path, '--engine', 'tensorrt:cuda'
    )
    assert status == 1
    assert 'Not measured: brightness on tensorrt cuda: no NVIDIA driver here' in output
    assert 'nothing could be measured' in errors
