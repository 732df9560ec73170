# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A benchmark's figures as JSON and as a Markdown table."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diffperc_ros import __version__
from diffperc_ros.benchmark.candidates import Candidate
from diffperc_ros.benchmark.interleaved import Measurement
from diffperc_ros.benchmark.operations import Operations, count_operations
from diffperc_ros.core.errors import RuntimeUnavailableError
from diffperc_ros.runtimes.self_test import processor_name

STAGES = ('prepare', 'inference', 'interpret', 'total')
HEADER = (
    'bundle',
    'engine',
    'precision',
    'prepare',
    'inference p50',
    'p95',
    'interpret',
    'total p50',
    'p95',
    'GFLOP',
    'GFLOP/s',
    'peak MiB',
    'speed-up',
)


@dataclass(frozen=True)
class Row:
    """One candidate's figures.

    Parameters
    ----------
    p50, p95 : stage -> milliseconds; empty where it was not measured.
    speed_up : baseline's median inference over this one's; None without a baseline.
    operations : of its graph; None for PyTorch and where they cannot be counted.
    """

    measurement: Measurement
    p50: dict[str, float]
    p95: dict[str, float]
    speed_up: float | None
    operations: Operations | None


def rows(measurements: Sequence[Measurement]) -> list[Row]:
    """Return the figures of all candidates, each compared with its baseline.

    The baseline of a candidate is eager PyTorch on the same device: of the bundle that was named
    as baseline, else of its own bundle.
    """
    return [_row(measurement, measurements) for measurement in measurements]


def document_text(measurements: Sequence[Measurement], command: str) -> str:
    """Return everything that was measured, and what is needed to repeat it, as JSON."""
    content = {
        'command': command,
        'diffperc_ros': __version__,
        'machine': {
            'processor': processor_name(),
            'cores': len(os.sched_getaffinity(0)),
            'system': platform.machine(),
            'python': platform.python_version(),
        },
        'results': [_result(row) for row in rows(measurements)],
    }
    return json.dumps(content, indent=2) + '\n'


def markdown(measurements: Sequence[Measurement], command: str) -> str:
    """Return the table, times in milliseconds, with the command that makes it again."""
    found = rows(measurements)
    lines = [
        f'| {" | ".join(HEADER)} |',
        f'|{"---|" * 3}{"---:|" * (len(HEADER) - 3)}',
        *(f'| {" | ".join(_cells(row))} |' for row in found if row.p50),
        '',
        f'Milliseconds; {processor_name()}, {len(os.sched_getaffinity(0))} cores; `{command}`.',
    ]
    lines += [
        f'Not measured: {measurement.candidate.name} on {measurement.candidate.title}: '
        f'{measurement.failure}'
        for measurement in measurements
        if not measurement.times
    ]
    return '\n'.join(lines) + '\n'


def _result(row: Row) -> dict[str, Any]:
    measurement, operations = row.measurement, row.operations
    return {
        'candidate': asdict(measurement.candidate),
        'loaded': None if measurement.loaded is None else asdict(measurement.loaded),
        'failure': measurement.failure,
        'frames': len(measurement.times),
        'p50_ms': row.p50,
        'p95_ms': row.p95,
        'times_ms': [asdict(times) for times in measurement.times],
        'peak_mib': measurement.peak_mib,
        'speed_up': row.speed_up,
        'operations': None if operations is None else asdict(operations),
    }


def _row(measurement: Measurement, all_of_them: Sequence[Measurement]) -> Row:
    p50, p95 = (_percentile(measurement, share) for share in (50, 95))
    candidate = measurement.candidate
    speed_up = None
    for other in all_of_them:
        if _is_baseline(other.candidate, candidate):
            baseline = _percentile(other, 50)
            if p50 and baseline:
                speed_up = baseline['inference'] / p50['inference']
    return Row(measurement, p50, p95, speed_up, _operations(measurement))


def _is_baseline(other: Candidate, candidate: Candidate) -> bool:
    own = other.baseline_of == 'own' and other.path == candidate.path
    return other.device == candidate.device and (own or other.baseline_of == 'all')


def _percentile(measurement: Measurement, share: float) -> dict[str, float]:
    if not measurement.times:
        return {}
    return {
        stage: float(np.percentile([getattr(times, stage) for times in measurement.times], share))
        for stage in STAGES
    }


def _operations(measurement: Measurement) -> Operations | None:
    loaded = measurement.loaded
    if loaded is None or loaded.graph is None:
        return None
    try:
        return count_operations(Path(loaded.graph))
    except RuntimeUnavailableError:
        return None


def _cells(row: Row) -> list[str]:
    candidate, loaded = row.measurement.candidate, row.measurement.loaded
    gflop = row.operations.gflop if row.operations else None
    rate = None if gflop is None else 1000 * gflop / row.p50['inference']
    peak = row.measurement.peak_mib
    return [
        candidate.name,
        f'{candidate.title} {loaded.version if loaded else ""}',
        loaded.precision if loaded else '',
        f'{row.p50["prepare"]:.1f}',
        f'{row.p50["inference"]:.1f}',
        f'{row.p95["inference"]:.1f}',
        f'{row.p50["interpret"]:.1f}',
        f'{row.p50["total"]:.1f}',
        f'{row.p95["total"]:.1f}',
        '-' if gflop is None else f'{gflop:.2f}',
        '-' if rate is None else f'{rate:.0f}',
        '-' if peak is None else f'{peak:.0f}',
        '-' if row.speed_up is None else f'{row.speed_up:.2f}x',
    ]
