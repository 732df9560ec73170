# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which form of a graph (precision, opset) an engine is given."""

from __future__ import annotations

from typing import Literal, TypeAlias

from diffperc_ros.bundle.manifest import Graph, GraphFile
from diffperc_ros.core.errors import RuntimeUnavailableError

Dtype: TypeAlias = Literal['float32', 'float16', 'bfloat16']

DTYPES: dict[str, Dtype] = {'fp32': 'float32', 'fp16': 'float16', 'bf16': 'bfloat16'}


def choose_form(
    graph: Graph, precisions: tuple[Dtype, ...], newest_opset: int | None = None
) -> GraphFile:
    """Return the form in the first of `precisions` that the graph has, of the newest opset.

    Parameters
    ----------
    graph : of a bundle.
    precisions : in order of preference.
    newest_opset : newest that the engine reads; None: any.

    Raises
    ------
    RuntimeUnavailableError : no form fits; says which there are.
    """
    for precision in precisions:
        fitting = [
            form
            for form in graph.forms
            if form.dtype == precision and (newest_opset is None or form.opset <= newest_opset)
        ]
        if fitting:
            return max(fitting, key=lambda form: form.opset)
    wanted = ' or '.join(precisions) + (f', opset {newest_opset} or older' if newest_opset else '')
    known = ', '.join(f'{form.dtype} opset {form.opset}' for form in graph.forms)
    raise RuntimeUnavailableError(
        f'the bundle has no graph in {wanted}; it has: {known}. Export one with diffperc export'
    )


def gpu_precisions(precision: str) -> tuple[Dtype, ...]:
    """Return the types a GPU engine may be given, for the option `precision`."""
    return ('float16', 'float32') if precision == 'auto' else (DTYPES[precision],)
