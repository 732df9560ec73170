# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, numpy_helper
from support.every_network import HEIGHT, WIDTH, make_graph, make_samples

from diffperc_ros.bundle.golden import GoldenSample, agreement
from diffperc_ros.core.errors import OutputError
from diffperc_ros.export import rounding
from diffperc_ros.export.forms import FormSettings, write_forms
from diffperc_ros.export.onnx import save_graph
from diffperc_ros.export.storage import find_grid, store_weights_compactly
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime


def weights(file: Path) -> list[TensorProto]:
    return list(onnx.load(file).graph.initializer)


def stored_bytes(file: Path) -> int:
    return sum(numpy_helper.to_array(value).nbytes for value in weights(file))


def test_compact_storage_halves_the_file_and_keeps_the_answer(
    model: ir.Model, sample: GoldenSample, tmp_path: Path
) -> None:
    save_graph(model, tmp_path / 'full.onnx')
    assert store_weights_compactly(model) == 'float16'
    save_graph(model, tmp_path / 'half.onnx')
    assert stored_bytes(tmp_path / 'half.onnx') < 0.6 * stored_bytes(tmp_path / 'full.onnx')
    found = OnnxRuntime(tmp_path / 'half.onnx').run(sample.inputs)['depth']
    likeness = agreement(found, sample.outputs['depth'])
    assert 0 < likeness.relative_error < 0.03
    assert likeness.rank_correlation > 0.999
    assert found.dtype == np.float32


@pytest.mark.parametrize('method', ['vpd_depth', 'vpd_segmentation', 'metaprompts_depth'])
def test_rounded_weights_are_found_wherever_export_moved_them(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounding, 'FEWEST', 8)
    graph = make_graph(method)
    rounding.round_weights(graph.network)
    samples = make_samples(graph)
    settings = FormSettings(WIDTH, HEIGHT, opset_17=True, compact_storage=True)
    form = write_forms(graph, tmp_path, 'small', replace(settings, one_file=1 << 30), samples)
    assert form['storage_dtype'] == form['alternatives'][0]['storage_dtype'] == 'int8'
    layers = Counter[int]()
    for tensor in weights(tmp_path / form['file']):
        if len(tensor.dims) > 1 and not tensor.name.endswith('.steps'):
            layers[tensor.data_type] += int(np.prod(tensor.dims))
    # What a reduction merged, as a fixed context's keys, is on no grid.
    assert layers[TensorProto.INT8] > 0.9 * layers.total()
    found = OnnxRuntime(tmp_path / form['file']).run(samples[0].inputs)
    (reference,) = samples[0].outputs.values()
    (answer,) = found.values()
    # The answers asked for are the rounded network's: what is left is fp16's share.
    assert agreement(answer, reference).relative_error < 0.002


@given(
    shape=st.lists(st.integers(2, 12), min_size=2, max_size=4).map(tuple),
    data=st.data(),
    seed=st.integers(0, 1 << 30),
)
def test_a_grid_is_found_along_any_axis_and_nothing_is_lost(
    shape: tuple[int, ...], data: st.DataObject, seed: int
) -> None:
    axis = data.draw(st.integers(0, len(shape) - 1))
    random = np.random.default_rng(seed)
    levels = random.integers(-127, 128, shape).astype(np.float32)
    first = [slice(None) if other == axis else 0 for other in range(len(shape))]
    levels[tuple(first)] = 127
    steps = random.uniform(1e-6, 1e3, [n if k == axis else 1 for k, n in enumerate(shape)])
    weight = levels * steps.astype(np.float32)
    grid = find_grid(weight)
    if 4 * shape[axis] >= weight.size:
        assert grid is None or 4 * grid.steps.size < weight.size
    else:
        assert grid is not None
        np.testing.assert_allclose(grid.levels * grid.steps, weight, rtol=1e-5)


def test_a_channel_of_zeros_is_on_any_grid() -> None:
    weight = np.float32([[127, 3, -64, 1, 9], [0, 0, 0, 0, 0]]) * np.float32(0.1)
    grid = find_grid(weight)
    assert grid is not None
    assert np.isfinite(grid.steps).all()
    np.testing.assert_allclose(grid.levels * grid.steps, weight, rtol=1e-6)


@pytest.mark.parametrize('share', [0.01, 0.3])
def test_what_is_off_the_grid_is_not_stored_on_it(share: float) -> None:
    weight = np.random.default_rng(0).integers(-127, 128, (8, 32)).astype(np.float32)
    weight[:, 0] = 127
    assert find_grid(weight) is not None
    weight[3, 5] += share
    assert find_grid(weight) is None


def test_a_weight_beyond_half_precision_is_refused(model: ir.Model) -> None:
    weight = max(
        (value for value in model.graph.initializers.values() if value.const_value is not None),
        key=lambda value: value.const_value.size if value.const_value else 0,
    )
    assert weight.const_value is not None
    weight.const_value = ir.tensor(weight.const_value.numpy() * 1e9)
    with pytest.raises(OutputError, match='does not fit into fp16'):
        store_weights_compactly(model)
