# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import pytest

from diffperc_ros.core.errors import SettingError
from diffperc_ros.evaluation.depth.protocol import Protocol


@pytest.mark.parametrize(
    'setting',
    [
        {'cap': 0.0},
        {'cap': -1.0},
        {'cap': math.inf},
        {'cap': math.nan},
        {'cap': 1e-3},
        {'tolerance_ms': -0.1},
        {'tolerance_ms': math.inf},
    ],
)
def test_rules_that_mean_nothing_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(SettingError):
        Protocol('room', **setting)


def test_the_line_names_every_rule() -> None:
    line = Protocol('room', cap=8.0, tolerance_ms=2.5).line()

    for part in ('dataset: room', 'cap: 8', 'tolerance ms: 2.5', 'crop: none', 'tta: none'):
        assert part in line


def test_the_tolerance_in_nanoseconds() -> None:
    assert Protocol('room', tolerance_ms=2.5).tolerance_ns == 2_500_000
