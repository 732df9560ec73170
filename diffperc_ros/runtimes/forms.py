# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which form of a graph (precision, opset) an engine is given."""

from __future__ import annotations

from typing import Literal, TypeAlias

from diffperc_ros.bundle.manifest import Graph, GraphFile
from diffperc_ros.core.errors import RuntimeUnavailableError

Dtype: TypeAlias = Literal['float32', 'float16', 'bfloat16']

DTYPES: dict[str, Dtype] = {'fp32': 'float32', 'fp16': 'float16', 'bf16': 'bfloat16'}


def choose_form(graph: Graph, dtype: Dtype, newest_opset: int | None = None) -> GraphFile:
    """Return a graph's form for a type of arithmetic, of the newest opset that fits.

    Parameters
    ----------
    graph : of a bundle.
    dtype : of the arithmetic.
    newest_opset : newest that the engine reads; None: any.

    Raises
    ------
    RuntimeUnavailableError : no form fits; says which there are.
    """
    fitting = [
        form
        for form in graph.forms
        if form.dtype == dtype and (newest_opset is None or form.opset <= newest_opset)
    ]
    if not fitting:
        wanted = f'{dtype}, opset {newest_opset} or older' if newest_opset else dtype
        known = ', '.join(f'{form.dtype} opset {form.opset}' for form in graph.forms)
        raise RuntimeUnavailableError(
            f'the bundle has no graph in {wanted}; it has: {known}. Export one with diffperc '
            'export'
        )
    return max(fitting, key=lambda form: form.opset)
