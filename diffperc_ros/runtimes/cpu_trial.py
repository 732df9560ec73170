# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The fastest engine on this CPU that computes right: tried once, then remembered."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from time import perf_counter

from diffperc_ros.bundle.golden import load_golden
from diffperc_ros.core.errors import RuntimeUnavailableError
from diffperc_ros.runtimes.golden_check import Verdict
from diffperc_ros.runtimes.memory import recall, remember
from diffperc_ros.runtimes.openvino import computes_in_bfloat16
from diffperc_ros.runtimes.options import Notice
from diffperc_ros.runtimes.protocol import Runtime
from diffperc_ros.runtimes.rungs import CPU_RUNGS, Opened, Request, Rung
from diffperc_ros.runtimes.self_test import open_checked, processor_name

TRIAL_S = 0.5
LEAST_RUNS, MOST_RUNS = 3, 50


def open_fastest(request: Request) -> tuple[Opened, Verdict]:
    """Open the fastest CPU engine that passes the golden check.

    Without golden answers nothing can be checked, and ONNX Runtime is taken if it opens. With
    them, each engine that is installed is loaded, checked and run for half a second, one after
    the other; the winner is remembered for this bundle, processor, threads and versions, so the
    same machine takes the same engine again and gives the same bits.

    Raises
    ------
    RuntimeUnavailableError : none opens and passes; says why for each.
    BundleError : the bundle has no graph of the profile, or its golden file is not usable.
    """
    rungs = _candidates(request)
    if request.bundle.manifest.golden is None or len(rungs) == 1:
        return _open_first(rungs, request)
    circumstances = _circumstances(request, rungs)
    known = recall(request.options.cache_dir, circumstances)
    if known is not None:
        return _open_first([rung for rung in rungs if rung.title == known.get('winner')], request)
    times, reasons = _try_all(rungs, request)
    if not times:
        raise RuntimeUnavailableError('; '.join(reasons))
    winner = min(times, key=lambda title: times[title])
    if len(times) > 1:
        figures = ', '.join(f'{title} {ms:.1f} ms' for title, ms in times.items())
        request.announce(Notice(f'engines tried on this CPU: {figures}; {winner} is taken'))
    remember(request.options.cache_dir, circumstances, {'winner': winner, 'ms': times})
    return _open_first([rung for rung in rungs if rung.title == winner], request)


def _candidates(request: Request) -> list[Rung]:
    options = request.options
    rungs = [
        rung
        for rung in CPU_RUNGS
        if options.backend in ('auto', rung.backend)
        and rung.wanted(request)
        and (options.precision != 'auto' or _needs_no_asking(rung, request))
    ]
    if not rungs:
        raise RuntimeUnavailableError(
            f'no CPU engine of backend {options.backend} computes in {options.precision}'
        )
    return rungs


def _needs_no_asking(rung: Rung, request: Request) -> bool:
    """Whether a rung may be tried unasked: bf16 must be vouched for and native to the CPU."""
    if 'bfloat16' not in rung.dtypes:
        return True
    golden = request.bundle.manifest.golden
    if golden is None or 'bfloat16' not in golden.tolerance or request.options.self_test == 'off':
        return False
    try:
        return computes_in_bfloat16()
    except RuntimeUnavailableError:
        return False


def _open_first(rungs: list[Rung], request: Request) -> tuple[Opened, Verdict]:
    reasons = []
    for rung in rungs:
        try:
            return open_checked(rung, request)
        except RuntimeUnavailableError as error:
            if len(rungs) == 1:
                raise
            reasons.append(f'{rung.title}: {error}')
    raise RuntimeUnavailableError('; '.join(reasons))


def _try_all(rungs: list[Rung], request: Request) -> tuple[dict[str, float], list[str]]:
    """Return the milliseconds of those that pass, and why the others do not."""
    times: dict[str, float] = {}
    reasons = []
    for rung in rungs:
        try:
            opened, _ = open_checked(rung, request)
        except RuntimeUnavailableError as error:
            reasons.append(f'{rung.title}: {error}')
            continue
        try:
            times[rung.title] = _milliseconds(opened.runtime, request)
        finally:
            opened.runtime.close()
    return times, reasons


def _milliseconds(runtime: Runtime, request: Request) -> float:
    inputs = load_golden(request.bundle)[0].inputs
    runtime.run(inputs)
    times: list[float] = []
    while len(times) < LEAST_RUNS or (sum(times) < TRIAL_S and len(times) < MOST_RUNS):
        start = perf_counter()
        runtime.run(inputs)
        times.append(perf_counter() - start)
    return 1000 * median(times)


def _circumstances(request: Request, rungs: list[Rung]) -> dict[str, object]:
    options = request.options
    return {
        'what': 'fastest on the CPU',
        'bundle': request.bundle.sha256,
        'profile': options.profile,
        'precision': options.precision,
        'self_test': options.self_test,
        'threads': options.threads,
        'engines': [rung.title for rung in rungs],
        'versions': {name: _version(name) for name in ('onnxruntime', 'openvino')},
        'processor': processor_name(),
        'cores': len(os.sched_getaffinity(0)),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
