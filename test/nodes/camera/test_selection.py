# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffperc_ros.core.frame import NANOSECONDS, Stamp
from diffperc_ros.nodes.camera.selection import StampGrid

START = 1_760_000_000 * NANOSECONDS


def chosen(nanoseconds: list[int], rate_hz: float) -> list[int]:
    grid = StampGrid()
    return [time for time in nanoseconds if grid.accepts(Stamp.from_nanoseconds(time), rate_hz)]


@pytest.mark.parametrize(
    ('camera_hz', 'rate_hz', 'expected'),
    [(30, 0.0, 30), (30, 10.0, 10), (30, 120.0, 30), (30, 1.0, 1), (25, 10.0, 10), (60, 7.5, 8)],
)
def test_frames_of_one_second(camera_hz: int, rate_hz: float, expected: int) -> None:
    # A thousandth of a second past the grid, as no camera hits it.
    times = [START + 1_000_000 + NANOSECONDS * i // camera_hz for i in range(camera_hz)]
    assert len(chosen(times, rate_hz)) == expected


@given(st.integers(0, NANOSECONDS), st.floats(0.5, 60))
def test_two_nodes_choose_the_same_frames_whenever_they_start(late: int, rate_hz: float) -> None:
    times = [START + 33_333_333 * i for i in range(60)]
    behind = [time for time in times if time >= START + late]
    # The later node may begin in the middle of a slot; from the next slot on they agree.
    first, second = chosen(times, rate_hz), chosen(behind, rate_hz)
    assert set(second[1:]) <= set(first)
    assert [time for time in first if time > second[0]] == second[1:]


def test_stamps_may_jump_back() -> None:
    grid = StampGrid()
    assert grid.accepts(Stamp(100, 0), 1.0)
    assert not grid.accepts(Stamp(100, 5), 1.0)
    assert grid.accepts(Stamp(50, 0), 1.0)
    assert grid.accepts(Stamp(51, 0), 1.0)
