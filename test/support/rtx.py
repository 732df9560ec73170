# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's real parser and compiler without a GPU: TensorRT-RTX.

Its wheel compiles for later GPUs ahead of time. That a graph passes shows that NVIDIA's parser
reads it and that our builder code works; it shows nothing of speed or of numbers on a GPU.
"""

from __future__ import annotations

import resource
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from diffperc_ros.runtimes.tensorrt.compile import CompileRequest, compile_graph


@dataclass(frozen=True)
class Compiled:
    """What a compilation took."""

    version: str
    megabytes: float
    seconds: float
    peak_mib: int


def compile_with_rtx(
    graph: Path, dtype: str, folder: Path, storage_dtype: str = 'float32'
) -> Compiled:
    """Compile a graph by the code that builds engines on robots; skips without TensorRT-RTX."""
    trt: Any = pytest.importorskip(
        'tensorrt_rtx_bindings', reason='TensorRT-RTX is not installed (x86_64 only)'
    )
    plan = folder / f'{graph.stem}.engine'
    start = time.perf_counter()
    request = CompileRequest(
        str(graph), dtype, str(plan), str(folder / 'timing'), 0, storage_dtype
    )
    with warnings.catch_warnings():
        # It has no use for a timing cache, and says so; TensorRT itself has.
        warnings.simplefilter('ignore', DeprecationWarning)
        compile_graph(trt, request, lambda message: None)
    return Compiled(
        version=str(trt.__version__),
        megabytes=plan.stat().st_size / 1e6,
        seconds=time.perf_counter() - start,
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )
