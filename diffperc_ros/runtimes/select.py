# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Choosing the engine for a bundle: a ladder that is climbed down aloud."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import (
    BundleError,
    DiffpercError,
    OutputError,
    RuntimeUnavailableError,
    SettingError,
)
from diffperc_ros.runtimes.chosen import Choice, ChosenRuntime
from diffperc_ros.runtimes.cpu_trial import open_fastest
from diffperc_ros.runtimes.golden_check import Verdict
from diffperc_ros.runtimes.options import (
    BACKENDS,
    DEVICES,
    Announce,
    Cancelled,
    EngineOptions,
    Notice,
    log_notice,
)
from diffperc_ros.runtimes.rungs import GPU_RUNGS, LAST_RUNG, Opened, Request, Rung
from diffperc_ros.runtimes.self_test import open_checked
from diffperc_ros.runtimes.tensorrt.driver import NoGpuError, find_gpu
from diffperc_ros.runtimes.tensorrt.errors import BuildCancelledError

__all__ = ['BACKENDS', 'DEVICES', 'open_runtime']

ON_CPU = ('auto', 'onnxruntime', 'openvino')

Step = Callable[[Request], tuple[Opened, Verdict]]


def open_runtime(
    bundle: Bundle,
    options: EngineOptions | None = None,
    *,
    announce: Announce = log_notice,
    cancelled: Cancelled = lambda: False,
    **changes: Any,
) -> ChosenRuntime:
    """Load a bundle into the best engine that was asked for, and check it.

    The ladder: TensorRT, ONNX Runtime on the GPU, PyTorch on the GPU, then the fastest engine on
    the CPU, at last PyTorch there. Options shorten it: a named backend leaves its rungs, device
    'cuda' those on the GPU, 'cpu' those on the CPU. Each rung that is passed over is announced
    with its reason; nothing that was named is exchanged for something else.

    Parameters
    ----------
    bundle : a verified bundle.
    options : what is asked for.
    announce : told of every step; engine builds report their progress here.
    cancelled : asked several times a second while an engine is built.
    changes : fields of `EngineOptions` that differ from `options`.

    Raises
    ------
    BundleError : the bundle has no such profile, or no network for the torch backend.
    BuildCancelledError : `cancelled` said so; nothing further is tried.
    OutputError : the only engine that was asked for cannot be written to the cache.
    RuntimeUnavailableError : nothing that was asked for runs here and passes the golden check;
        says why for each.
    SettingError : an option that there is not.
    """
    options = replace(options or EngineOptions(), **changes)
    request = Request(bundle, options, announce, cancelled)
    if options.backend != 'torch' and bundle.manifest.graphs:
        bundle.graph(options.profile)
    passed_over: list[str] = []
    steps = _ladder(request, passed_over)
    errors: list[DiffpercError] = []
    for left, (title, step) in zip(range(len(steps) - 1, -1, -1), steps, strict=True):
        try:
            opened, verdict = step(request)
        except BuildCancelledError:
            raise
        except (RuntimeUnavailableError, BundleError, OutputError) as error:
            errors.append(error)
            passed_over.append(f'{title}: {error}')
            if left:
                announce(Notice(f'passed over: {passed_over[-1]}', 'warning'))
            continue
        return _chosen(opened, verdict, request, tuple(passed_over))
    if len(errors) == 1 or all(isinstance(error, BundleError) for error in errors):
        raise errors[0]
    raise RuntimeUnavailableError('; '.join(passed_over))


def _ladder(request: Request, passed_over: list[str]) -> list[tuple[str, Step]]:
    """Return the rungs that the options and this machine leave, from the top."""
    options = request.options
    on_cpu: list[tuple[str, Step]] = []
    if options.device != 'cuda':
        if options.backend in ON_CPU and request.bundle.manifest.graphs:
            on_cpu.append(('CPU', open_fastest))
        on_cpu += _steps((LAST_RUNG,), request)
    on_gpu = [] if options.device == 'cpu' else _steps(GPU_RUNGS, request)
    if not on_gpu and not on_cpu:
        raise SettingError(
            f"backend '{options.backend}' does not run on device '{options.device}' in precision "
            f"'{options.precision}'"
        )
    if on_gpu:
        try:
            find_gpu()
        except NoGpuError as error:
            if not on_cpu:
                raise
            # One reason for all its rungs; a machine without a GPU is nothing to warn of.
            passed_over.append(f'GPU: {error}')
            request.announce(Notice(f'the CPU is taken: {error}'))
            on_gpu = []
    return on_gpu + on_cpu


def _steps(rungs: Sequence[Rung], request: Request) -> list[tuple[str, Step]]:
    return [
        (rung.title, partial(open_checked, rung))
        for rung in rungs
        if request.options.backend in ('auto', rung.backend) and rung.wanted(request)
    ]


def _chosen(
    opened: Opened, verdict: Verdict, request: Request, passed_over: tuple[str, ...]
) -> ChosenRuntime:
    runtime = opened.runtime
    request.announce(
        Notice(
            f'{request.bundle.manifest.name} runs on {runtime.name} {runtime.version} '
            f'({runtime.device}, {opened.precision}); golden check: {verdict.text}'
        )
    )
    choice = Choice(
        precision=opened.precision,
        graph=opened.graph,
        self_test=verdict.text,
        self_test_passed=verdict.passed,
        passed_over=passed_over,
        engine_source=opened.engine_source,
        engine_key=opened.engine_key,
        engine_file=opened.engine_file,
        gpu_memory_mib=opened.gpu_memory_mib,
    )
    return ChosenRuntime(runtime, choice)
