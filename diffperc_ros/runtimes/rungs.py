# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The rungs of the ladder: each engine on each device, opened for a bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.runtimes.forms import Dtype, choose_form, gpu_precisions
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.runtimes.openvino import OpenVinoRuntime
from diffperc_ros.runtimes.options import Announce, Cancelled, EngineOptions
from diffperc_ros.runtimes.protocol import Runtime
from diffperc_ros.runtimes.tensorrt.driver import Gpu, find_gpu


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
    """

    runtime: Runtime
    precision: Dtype
    graph: str | None
    engine_source: str = 'none'
    engine_key: str = ''
    engine_file: str = ''
    circumstances: Mapping[str, str] = field(default_factory=dict)


Open: TypeAlias = Callable[[Request], Opened]


@dataclass(frozen=True)
class Rung:
    """One engine on one device.

    Parameters
    ----------
    title : for people.
    backend, device : the options that ask for it.
    open : loads it; raises RuntimeUnavailableError or BundleError with the reason.
    dtype : type of its arithmetic; None: the graph that it is given decides.
    """

    title: str
    backend: str
    device: str
    open: Open
    dtype: Dtype | None = None


def _open_tensorrt(request: Request) -> Opened:
    gpu = find_gpu()
    from diffperc_ros.runtimes.tensorrt.open import open_tensorrt

    opened = open_tensorrt(
        request.bundle, request.options, gpu, request.announce, request.cancelled
    )
    return Opened(
        opened.runtime,
        opened.form.dtype,
        opened.form.file,
        opened.engine.source,
        opened.key.digest,
        str(opened.engine.path),
        {**_on(gpu), 'engine': opened.engine.sha256},
    )


def _open_onnxruntime_cuda(request: Request) -> Opened:
    gpu = find_gpu()
    options = request.options
    graph = request.bundle.graph(options.profile)
    form = choose_form(graph, gpu_precisions(options.precision))
    file = request.bundle.file(form.file)
    runtime = OnnxRuntime(file, device='cuda', threads=options.threads)
    return Opened(runtime, form.dtype, form.file, circumstances=_on(gpu))


def _open_onnxruntime_cpu(request: Request) -> Opened:
    options = request.options
    form = choose_form(request.bundle.graph(options.profile), ('float32',))
    file = request.bundle.file(form.file)
    runtime = OnnxRuntime(file, device='cpu', threads=options.threads)
    return Opened(runtime, 'float32', form.file)


def _open_openvino(dtype: Dtype) -> Open:
    def open_it(request: Request) -> Opened:
        options = request.options
        form = choose_form(request.bundle.graph(options.profile), ('float32',))
        file = request.bundle.file(form.file)
        runtime = OpenVinoRuntime(file, dtype=dtype, threads=options.threads)
        return Opened(runtime, dtype, form.file)

    return open_it


def _open_torch(device: str) -> Open:
    def open_it(request: Request) -> Opened:
        circumstances = _on(find_gpu()) if device == 'cuda' else {}
        # Imported here: torch is an extra.
        from diffperc_ros.runtimes.torch import TorchRuntime

        runtime = TorchRuntime(request.bundle, device=device, threads=request.options.threads)
        return Opened(runtime, 'float32', None, circumstances=circumstances)

    return open_it


GPU_RUNGS = (
    Rung('TensorRT', 'tensorrt', 'cuda', _open_tensorrt),
    Rung('ONNX Runtime CUDA', 'onnxruntime', 'cuda', _open_onnxruntime_cuda),
    Rung('PyTorch CUDA', 'torch', 'cuda', _open_torch('cuda'), 'float32'),
)
"""In the order in which they are tried."""

CPU_RUNGS = (
    Rung('ONNX Runtime', 'onnxruntime', 'cpu', _open_onnxruntime_cpu, 'float32'),
    Rung('OpenVINO', 'openvino', 'cpu', _open_openvino('float32'), 'float32'),
    Rung('OpenVINO bfloat16', 'openvino', 'cpu', _open_openvino('bfloat16'), 'bfloat16'),
)
"""Tried against each other."""

LAST_RUNG = Rung('PyTorch', 'torch', 'cpu', _open_torch('cpu'), 'float32')
"""For a bundle without graphs."""


def _on(gpu: Gpu) -> dict[str, str]:
    return {'gpu': gpu.name, 'driver': gpu.driver}
