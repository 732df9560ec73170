# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx_ir as ir
import pytest
from support.every_network import HEIGHT, WIDTH, exported, make_graph

from diffperc_ros.bundle.golden import GoldenSample
from diffperc_ros.core.errors import OutputError, SettingError
from diffperc_ros.export.onnx import (
    OPSET,
    check_operators,
    export_graph,
    save_graph,
)
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime


def test_large_weights_lie_in_a_file_of_their_own(
    model: ir.Model, sample: GoldenSample, tmp_path: Path
) -> None:
    assert save_graph(model, tmp_path / 'one.onnx') == ()
    assert save_graph(model, tmp_path / 'two.onnx', one_file=0) == ('two.onnx.data',)
    assert (tmp_path / 'two.onnx').stat().st_size < (tmp_path / 'one.onnx').stat().st_size / 2
    answers = [
        OnnxRuntime(tmp_path / name).run(sample.inputs)['depth']
        for name in ('one.onnx', 'two.onnx')
    ]
    np.testing.assert_array_equal(*answers)


def test_the_file_says_nothing_of_the_machine_that_made_it() -> None:
    data = exported('vpd_depth').read_bytes()
    assert str(Path(__file__).parents[2]).encode() not in data
    assert b'site-packages' not in data
    assert b'torch.' not in data


@pytest.mark.parametrize(
    ('damage', 'message'),
    [
        (lambda model: model.opset_imports.update({'': 17}), 'asked for opset 18'),
        (lambda model: setattr(model.graph[0], 'domain', 'com.microsoft'), 'com.microsoft'),
    ],
)
def test_a_graph_of_other_operators_is_refused(model: ir.Model, damage, message: str) -> None:
    check_operators(model, OPSET)
    damage(model)
    with pytest.raises(OutputError, match=message):
        check_operators(model, OPSET)


@pytest.mark.parametrize(('width', 'height'), [(0, HEIGHT), (WIDTH, 31), (-64, 64), (WIDTH, 5000)])
def test_sizes_that_no_network_takes_are_refused(width: int, height: int) -> None:
    with pytest.raises(SettingError, match='32 to 4096 pixels a side'):
        export_graph(make_graph('vpd_depth'), width, height)
