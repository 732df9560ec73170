# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from diffperc_ros.nodes.camera import statistics
from diffperc_ros.nodes.camera.statistics import FrameStatistics


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(statistics, 'monotonic', lambda: now[0])
    return now


def test_rate_is_that_of_the_last_seconds(clock: list[float]) -> None:
    counts = FrameStatistics()
    for _ in range(21):
        counts.count('frames_in')
        clock[0] += 0.1
    assert counts.rate('frames_in') == pytest.approx(10.0)
    assert counts.rate('frames_out') == 0.0
    clock[0] += statistics.WINDOW_S
    assert counts.rate('frames_in') == 0.0
    assert counts.counts()['frames_in'] == 21


def test_silence_counts_from_the_beginning_and_then_from_the_last_image(
    clock: list[float],
) -> None:
    counts = FrameStatistics()
    clock[0] += 2
    assert counts.age_ms() is None
    assert counts.silence_ms() == pytest.approx(2000)
    counts.count('frames_in')
    clock[0] += 1
    assert counts.silence_ms() == counts.age_ms() == pytest.approx(1000)


def test_percentiles_forget_what_is_long_ago() -> None:
    counts = FrameStatistics()
    assert counts.percentiles('inference_ms') is None
    for _ in range(statistics.REMEMBERED):
        counts.sample('inference_ms', 1000.0)
    for number in range(statistics.REMEMBERED):
        counts.sample('inference_ms', float(number))
    assert counts.percentiles('inference_ms') == pytest.approx((99.5, 189.05))


def test_reset_forgets_everything() -> None:
    counts = FrameStatistics()
    counts.count('dropped_busy', 3)
    counts.sample('latency_ms', 5.0)
    assert counts.counts()['dropped_busy'] == 3
    counts.reset()
    assert not any(counts.counts().values())
    assert counts.percentiles('latency_ms') is None
