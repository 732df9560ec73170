# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper
from support.rtx import compile_with_rtx

from diffperc_ros.bundle.bundle import Bundle, open_bundle
from diffperc_ros.bundle.manifest import GraphFile
from diffperc_ros.core.errors import RuntimeUnavailableError

MODELS = Path(__file__).parents[3] / 'models'
GRAPHS = [
    pytest.param(bundle, form, id=f'{bundle.manifest.name}/{form.file}')
    for bundle in (open_bundle(file.parent) for file in sorted(MODELS.glob('*/bundle.yaml')))
    for graph in bundle.manifest.graphs.values()
    for form in graph.forms
]


@pytest.mark.parametrize(('bundle', 'form'), GRAPHS)
def test_every_default_graph_compiles(
    bundle: Bundle,
    form: GraphFile,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    compiled = compile_with_rtx(bundle.file(form.file), form.dtype, tmp_path, form.storage_dtype)
    record_property(
        'compiled',
        f'{compiled.version}: {bundle.manifest.name} {form.file} ({form.dtype}, opset '
        f'{form.opset}) in {compiled.seconds:.1f} s, {compiled.megabytes:.1f} MB, peak '
        f'{compiled.peak_mib} MiB',
    )
    assert compiled.megabytes > 0


def graph_of(node: onnx.NodeProto, shape: list[int | str], domains: list[str]) -> onnx.ModelProto:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [node],
        'one node',
        [value('x', TensorProto.FLOAT, shape)],
        [value('y', TensorProto.FLOAT, shape)],
    )
    opsets = [helper.make_opsetid(domain, 18) for domain in domains]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


@pytest.mark.parametrize(
    ('node', 'shape', 'message'),
    [
        (helper.make_node('Mystery', ['x'], ['y'], domain='nowhere'), [1, 4], 'does not read'),
        (helper.make_node('Relu', ['x'], ['y']), ['batch', 4], r"'x' has free axes \(-1, 4\)"),
    ],
)
def test_the_real_parser_says_why_it_refuses(
    node: onnx.NodeProto, shape: list[int | str], message: str, tmp_path: Path
) -> None:
    file = tmp_path / 'graph.onnx'
    onnx.save(graph_of(node, shape, ['', 'nowhere']), file)
    with pytest.raises(RuntimeUnavailableError, match=message):
        compile_with_rtx(file, 'float32', tmp_path)
