# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from diffperc_ros.core.errors import RuntimeUnavailableError
from diffperc_ros.runtimes import preflight
from diffperc_ros.runtimes.options import Notice
from diffperc_ros.runtimes.preflight import MIB, check_fits
from diffperc_ros.runtimes.tensorrt.driver import Gpu

OWN = Gpu('H100', '9.0', '12.6', 8192)
SHARED = replace(OWN, name='Orin', integrated=True)


@pytest.mark.parametrize(
    ('gpu', 'needed_mib', 'free', 'fits'),
    [
        (OWN, 100, 100, True),
        (OWN, 101, 100, False),
        # 300 MiB that the system would give up count where the memory is the system's own.
        (OWN, 300, 100, False),
        (SHARED, 300, 100, True),
        (SHARED, 301, 100, False),
        (SHARED, 400, 400, True),
    ],
)
def test_what_does_not_fit_is_refused_with_figures(
    gpu: Gpu,
    needed_mib: int,
    free: int,
    fits: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meminfo = tmp_path / 'meminfo'
    meminfo.write_text(f'MemTotal: 9 kB\nMemAvailable:  {300 * 1024} kB\n')
    monkeypatch.setattr(preflight, 'MEMINFO', meminfo)
    notices: list[Notice] = []
    refusal = pytest.raises(
        RuntimeUnavailableError, match=f'does not fit {gpu.name}: .* at least {needed_mib} MiB'
    )
    with nullcontext() if fits else refusal:
        check_fits('the weights', needed_mib * MIB, free, gpu, notices.append)
    assert [notice.text.partition(':')[0] for notice in notices] == [
        f'memory of {gpu.name} for the weights'
    ]


def test_a_byte_too_many_does_not_fit() -> None:
    with pytest.raises(RuntimeUnavailableError, match='101 MiB needed, 100 of 8192 free'):
        check_fits('the weights', 100 * MIB + 1, 100, OWN, lambda _notice: None)
