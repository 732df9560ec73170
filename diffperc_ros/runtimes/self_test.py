# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether an opened engine may be used: the golden check, made once for each set of bytes."""

from __future__ import annotations

import platform
from dataclasses import replace
from pathlib import Path
from typing import Any

from diffperc_ros.core.errors import RuntimeUnavailableError
from diffperc_ros.runtimes.golden_check import Verdict, check_golden
from diffperc_ros.runtimes.memory import recall, remember
from diffperc_ros.runtimes.options import Notice
from diffperc_ros.runtimes.rungs import Opened, Request, Rung
from diffperc_ros.runtimes.tensorrt.driver import NoGpuError, free_memory_mib


class SelfTestError(RuntimeUnavailableError):
    """An engine runs but computes something else than the bundle's golden answers."""


def open_checked(rung: Rung, request: Request) -> tuple[Opened, Verdict]:
    """Open a rung and judge what it computes.

    With a choice of types the next one is tried, aloud, where the golden check fails: fp16 may
    overflow in a network whose fp32 engine is right.

    Raises
    ------
    SelfTestError : no type passes.
    RuntimeUnavailableError, BundleError : as the rung's `open`.
    """
    wanted = rung.wanted(request)
    for dtype, following in zip(wanted, [*wanted[1:], None], strict=True):
        free_before = _free_gpu_memory_mib(rung)
        opened = rung.open(request, dtype)
        try:
            verdict = self_test(opened, request)
            free_after = _free_gpu_memory_mib(rung)
            if free_before is not None and free_after is not None:
                # Others may have given back more than this engine took.
                taken = max(free_before - free_after, 0)
                opened = replace(opened, gpu_memory_mib=taken)
            return opened, verdict
        except SelfTestError as error:
            if following is None:
                raise
            request.announce(Notice(f'{error}; {following} is tried', 'warning'))
    raise RuntimeUnavailableError(f'{rung.title} does not compute in {request.options.precision}')


def _free_gpu_memory_mib(rung: Rung) -> int | None:
    """Return the GPU's free memory; None for a rung on the CPU and where the driver fails."""
    if rung.device != 'cuda':
        return None
    try:
        return free_memory_mib()
    except NoGpuError:
        return None


def self_test(opened: Opened, request: Request) -> Verdict:
    """Judge an engine as the option `self_test` wants; closes it before raising.

    A pass is remembered for this bundle, graph, engine (for TensorRT: the engine's very bytes),
    its version, the device and its driver. What was just built is checked in any case, and a
    failure is not remembered.

    Raises
    ------
    SelfTestError : it failed, and the test is strict; names the engine and the figure.
    BundleError : the golden file is not usable.
    """
    options, runtime = request.options, opened.runtime
    if options.self_test == 'off':
        return Verdict(None, 'off')
    circumstances = _circumstances(opened, request)
    known = recall(options.cache_dir, circumstances)
    if known is not None and opened.engine_source != 'built':
        return Verdict(True, str(known.get('text')))
    try:
        verdict = check_golden(runtime, request.bundle, opened.precision)
    except BaseException:
        runtime.close()
        raise
    if verdict.passed is None and opened.precision == 'bfloat16':
        verdict = Verdict(False, 'no golden answers vouch for bfloat16')
    if verdict.passed:
        remember(options.cache_dir, circumstances, {'text': verdict.text})
    if verdict.passed is not False:
        return verdict
    what = (
        f'{runtime.name} {runtime.version} on {runtime.device} fails the golden check of '
        f'{request.bundle.manifest.name}: {verdict.text}'
    )
    if options.self_test == 'strict':
        runtime.close()
        raise SelfTestError(what)
    request.announce(Notice(f'{what}; it is used all the same (self_test warn)', 'warning'))
    return verdict


def _circumstances(opened: Opened, request: Request) -> dict[str, Any]:
    runtime = opened.runtime
    return {
        'what': 'golden check',
        'bundle': request.bundle.sha256,
        'profile': request.options.profile,
        'graph': opened.graph,
        'precision': opened.precision,
        'engine': runtime.name,
        'version': runtime.version,
        'device': runtime.device,
        'system': platform.machine(),
        'processor': processor_name(),
        **opened.circumstances,
    }


def processor_name() -> str:
    """Return what the CPU calls itself, as far as Linux tells."""
    try:
        text = Path('/proc/cpuinfo').read_text()
    except OSError:
        text = ''
    lines = [line for line in text.splitlines() if line.startswith(('model name', 'Model'))]
    return lines[0].partition(':')[2].strip() if lines else platform.processor()
