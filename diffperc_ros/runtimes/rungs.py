# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The rungs of the ladder: each engine on each device, opened for a bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.runtimes.forms import DTYPES, Dtype, choose_form
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.runtimes.openvino import OpenVinoRuntime
from diffperc_ros.runtimes.options import Announce, Cancelled, EngineOptions
from diffperc_ros.runtimes.preflight import check_fits
from diffperc_ros.runtimes.protocol import Runtime
from diffperc_ros.runtimes.tensorrt.driver import Gpu, find_gpu, free_memory_mib


@dataclass(frozen=True)
class Request:
    """What every rung is given; the fields are those of `open_runtime`."""

    bundle: Bundle
    options: EngineOptions
    announce: Announce
    cancelled: Cancelled


@dataclass(frozen=True)
class Opened:
    """An engine that is loaded but not yet checked.

    Parameters
    ----------
    runtime : owned by whoever takes this.
    precision : type of its arithmetic.
    graph : file of the bundle that it runs; None: the network.
    engine_source, engine_key, engine_file : as `chosen.Choice`.
    circumstances : what its answers depend on beyond bundle, graph and the engine's version.
    gpu_memory_mib : as `chosen.Choice`; known once it was checked.
    """

    runtime: Runtime
    precision: Dtype
    graph: str | None
    engine_source: str = 'none'
    engine_key: str = ''
    engine_file: str = ''
    circumstances: Mapping[str, str] = field(default_factory=dict)
    gpu_memory_mib: int | None = None


Open: TypeAlias = Callable[[Request, Dtype], Opened]


@dataclass(frozen=True)
class Rung:
    """One engine on one device.

    Parameters
    ----------
    title : for people.
    backend, device : the options that ask for it.
    dtypes : types of arithmetic it can be opened in, the preferred one first.
    open : loads it in one of them; raises RuntimeUnavailableError or BundleError with the reason.
    """

    title: str
    backend: str
    device: str
    dtypes: tuple[Dtype, ...]
    open: Open

    def wanted(self, request: Request) -> list[Dtype]:
        """Return the types to try: the one that was asked for, or those the bundle has."""
        options, graphs = request.options, request.bundle.manifest.graphs
        if options.precision != 'auto':
            return [dtype for dtype in self.dtypes if dtype == DTYPES[options.precision]]
        if len(self.dtypes) == 1 or options.profile not in graphs:
            return [*self.dtypes]
        available = {form.dtype for form in graphs[options.profile].forms}
        return [dtype for dtype in self.dtypes if dtype in available]


def _open_tensorrt(request: Request, dtype: Dtype) -> Opened:
    gpu = find_gpu()
    # Imported here: its lock is an extra, and without a GPU nothing of it is needed.
    from diffperc_ros.runtimes.tensorrt.open import open_tensorrt

    opened = open_tensorrt(
        request.bundle, dtype, request.options, gpu, request.announce, request.cancelled
    )
    return Opened(
        opened.runtime,
        dtype,
        opened.form.file,
        opened.engine.source,
        opened.key.digest,
        str(opened.engine.path),
        {**_on(gpu), 'engine': opened.engine.sha256},
    )


def _open_onnxruntime(device: str) -> Open:
    def open_it(request: Request, dtype: Dtype) -> Opened:
        options = request.options
        form = choose_form(request.bundle.graph(options.profile), dtype)
        file = request.bundle.file(form.file)
        circumstances = _on_gpu(request, form.file, *form.data) if device == 'cuda' else {}
        runtime = OnnxRuntime(file, device=device, threads=options.threads)
        return Opened(runtime, dtype, form.file, circumstances=circumstances)

    return open_it


def _open_openvino(request: Request, dtype: Dtype) -> Opened:
    options = request.options
    # Either type is made of the fp32 graph.
    form = choose_form(request.bundle.graph(options.profile), 'float32')
    file = request.bundle.file(form.file)
    runtime = OpenVinoRuntime(file, dtype=dtype, threads=options.threads)
    return Opened(runtime, dtype, form.file)


def _open_torch(device: str) -> Open:
    def open_it(request: Request, dtype: Dtype) -> Opened:
        network = request.bundle.manifest.network
        weights = (network.file,) if network else ()
        circumstances = _on_gpu(request, *weights) if device == 'cuda' else {}
        # Imported here: torch is an extra.
        from diffperc_ros.runtimes.torch import TorchRuntime

        runtime = TorchRuntime(request.bundle, device=device, threads=request.options.threads)
        return Opened(runtime, dtype, None, circumstances=circumstances)

    return open_it


_HALF_FIRST: tuple[Dtype, ...] = ('float16', 'float32')

GPU_RUNGS = (
    Rung('TensorRT', 'tensorrt', 'cuda', _HALF_FIRST, _open_tensorrt),
    Rung('ONNX Runtime CUDA', 'onnxruntime', 'cuda', _HALF_FIRST, _open_onnxruntime('cuda')),
    Rung('PyTorch CUDA', 'torch', 'cuda', ('float32',), _open_torch('cuda')),
)
"""In the order in which they are tried."""

CPU_RUNGS = (
    Rung('ONNX Runtime', 'onnxruntime', 'cpu', ('float32',), _open_onnxruntime('cpu')),
    Rung('OpenVINO', 'openvino', 'cpu', ('float32',), _open_openvino),
    Rung('OpenVINO bfloat16', 'openvino', 'cpu', ('bfloat16',), _open_openvino),
)
"""Tried against each other."""

LAST_RUNG = Rung('PyTorch', 'torch', 'cpu', ('float32',), _open_torch('cpu'))
"""For a bundle without graphs."""


def _on_gpu(request: Request, *files: str) -> dict[str, str]:
    """Ask whether the files with the weights fit the GPU; return what answers depend on there."""
    gpu = find_gpu()
    needed = sum(request.bundle.file(name).stat().st_size for name in files)
    check_fits('the weights', needed, free_memory_mib(), gpu, request.announce)
    return _on(gpu)


def _on(gpu: Gpu) -> dict[str, str]:
    return {'gpu': gpu.name, 'driver': gpu.driver}
