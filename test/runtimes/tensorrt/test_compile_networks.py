# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every network of the package, exported at reduced width, through NVIDIA's compiler."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip('torch', reason='PyTorch is not installed (extra: networks)')
pytest.importorskip('tensorrt_rtx_bindings', reason='TensorRT-RTX is not installed (x86_64 only)')

from support.every_network import exported
from support.rtx import compile_with_rtx

from diffperc_ros.networks.methods import METHODS

HALF = ('vpd_segmentation', 'metaprompts_depth', 'iedp_depth')


@pytest.mark.parametrize(
    ('method', 'precision'),
    [*((method, 'fp32') for method in sorted(METHODS)), *((method, 'fp16') for method in HALF)],
)
def test_both_opsets_of_a_network_compile(
    method: str,
    precision: str,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    graph = exported(method, precision)
    dtype = {'fp32': 'float32', 'fp16': 'float16'}[precision]
    for form in (graph, graph.with_suffix('.opset17.onnx')):
        compiled = compile_with_rtx(form, dtype, tmp_path)
        record_property(
            'compiled',
            f'{compiled.version}: {form.name} in {compiled.seconds:.1f} s, peak '
            f'{compiled.peak_mib} MiB',
        )
