# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""All forms of one graph: precisions and opsets, each compared with PyTorch."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from diffperc_ros.bundle.golden import GoldenSample, agreement
from diffperc_ros.core.errors import OutputError, SettingError
from diffperc_ros.export.golden import TOLERANCES, as_tensors
from diffperc_ros.export.half import CAREFUL, Part, check_range, to_half
from diffperc_ros.export.onnx import (
    ONE_FILE,
    OPSET,
    check_size,
    export_graph,
    save_graph,
)
from diffperc_ros.export.opset17 import OPSET_17, check_twin, write_opset_17
from diffperc_ros.export.reductions.reduce import reduce
from diffperc_ros.export.storage import store_weights_compactly
from diffperc_ros.networks.graphs import ImageGraph
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime

Precision: TypeAlias = Literal['fp32', 'fp16']
DTYPES: dict[Precision, str] = {'fp32': 'float32', 'fp16': 'float16'}

SHARED = 1 << 20
"""Bytes of weights from which the two opsets of a form share a file of weights."""


@dataclass(frozen=True)
class FormSettings:
    """Which forms are made.

    Parameters
    ----------
    width, height : of the picture, pixels.
    precisions : of the arithmetic.
    opset_17 : whether each form gets a twin that TensorRT 8.6 reads.
    compact_storage : whether fp32 forms store their weights in half the bytes, and those that
        `rounding.round_weights` rounded in a quarter.
    float32 : what keeps float32 in the fp16 form.
    one_file : bytes of weights up to which a graph is one file; None: as many as a file can
        hold, but few where twins can share them.

    Raises
    ------
    SettingError : no precision, one twice, or a size that no graph takes.
    """

    width: int
    height: int
    precisions: tuple[Precision, ...] = ('fp32',)
    opset_17: bool = False
    compact_storage: bool = False
    float32: frozenset[Part] = CAREFUL
    one_file: int | None = None

    def __post_init__(self) -> None:
        check_size(self.width, self.height)
        if not self.precisions or len(set(self.precisions)) < len(self.precisions):
            raise SettingError(f'precisions are {self.precisions}; give fp32, fp16, or each once')


def write_forms(
    graph: ImageGraph,
    folder: Path,
    profile: str,
    settings: FormSettings,
    samples: Sequence[GoldenSample],
    say: Callable[[str], None] = lambda _line: None,
) -> dict[str, Any]:
    """Reduce a graph, write every form of it, compare each with PyTorch's answers.

    Parameters
    ----------
    graph : as `networks.graphs.graph_of` makes it; it is taken over and left without weights.
    folder : to write into.
    profile : name of the graph in its bundle, and of its files.
    settings : which forms.
    samples : of the graph as it came.
    say : called with a line about each step.

    Returns
    -------
    What the manifest says of the graph under `graphs`.

    Raises
    ------
    OutputError : a form's answers differ from PyTorch's, or it cannot be written as asked.
    """
    reduce(graph)
    if 'fp16' in settings.precisions:
        for sample in samples:
            check_range(graph, as_tensors(sample), settings.float32)
    forms: list[dict[str, Any]] = []
    # fp32 first: halving a network cannot be undone.
    for precision in sorted(settings.precisions, reverse=True):
        say(f'exporting {precision}')
        forms += _write(graph, folder, f'{profile}.{precision}', precision, settings)
        # The exporter holds weights in reference cycles; at full width that is gigabytes.
        gc.collect()
    # A full-width network and an engine that loads it would not fit into memory side by side.
    graph.to('meta')
    for form in forms:
        say(f'comparing {form["file"]} with PyTorch: {_compare(folder, form, samples)}')
    _check_twins(folder, forms, samples[0])
    first, *others = forms
    return {**first, 'passes': 1, **({'alternatives': others} if others else {})}


def _write(
    graph: ImageGraph, folder: Path, stem: str, precision: Precision, settings: FormSettings
) -> list[dict[str, Any]]:
    """Write one precision, in one or both opsets; return what the manifest says of them."""
    if precision == 'fp16':
        to_half(graph, settings.float32)
    model = export_graph(graph, settings.width, settings.height)
    stored = DTYPES[precision]
    if settings.compact_storage and precision == 'fp32':
        stored = store_weights_compactly(model)
    one_file = settings.one_file
    if one_file is None:
        one_file = SHARED if settings.opset_17 else ONE_FILE
    data = save_graph(model, folder / f'{stem}.onnx', one_file)
    files = {OPSET: f'{stem}.onnx'}
    if settings.opset_17:
        files[OPSET_17] = f'{stem}.opset{OPSET_17}.onnx'
        write_opset_17(folder / files[OPSET], folder / files[OPSET_17])
    return [
        {
            'file': file,
            **({'data': list(data)} if data else {}),
            'dtype': DTYPES[precision],
            'storage_dtype': stored,
            'opset': opset,
        }
        for opset, file in files.items()
    ]


def _compare(folder: Path, form: dict[str, Any], samples: Sequence[GoldenSample]) -> str:
    """Return the figures of a form; raises OutputError where it is outside the tolerance."""
    allowed = TOLERANCES[form['dtype']]
    worst, least = 0.0, 1.0
    for sample, answers in zip(samples, _answers(folder / form['file'], samples), strict=True):
        for name, reference in sample.outputs.items():
            answer = answers[name]
            if answer.shape != reference.shape or not np.isfinite(answer).all():
                raise OutputError(f'{form["file"]}: {name} is not finite or of another shape')
            found = agreement(answer, reference)
            worst = max(worst, found.relative_error)
            least = min(least, found.rank_correlation)
    figures = f'relative error {worst:.2g}, rank correlation {least:.6f}'
    if worst > allowed['relative_error'] or least < allowed['rank_correlation']:
        raise OutputError(
            f'{form["file"]} differs from PyTorch: {figures}; allowed are '
            f'{allowed["relative_error"]} and {allowed["rank_correlation"]}'
        )
    return figures


def _check_twins(folder: Path, forms: Sequence[dict[str, Any]], sample: GoldenSample) -> None:
    """Check that a graph answers the same bits in both opsets.

    In float32: for half precision ONNX Runtime's kernels on a CPU, and so their rounding, differ
    with the opset. There both were compared with PyTorch.
    """
    for form, twin in pairwise(forms):
        if twin['opset'] == OPSET_17 and form['dtype'] == DTYPES['fp32']:
            check_twin(folder / form['file'], folder / twin['file'], sample.inputs)


def _answers(file: Path, samples: Sequence[GoldenSample]) -> list[dict[str, Any]]:
    runtime = OnnxRuntime(file)
    try:
        return [runtime.run(sample.inputs) for sample in samples]
    finally:
        runtime.close()
