# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from diffperc_ros.evaluation.report.latency_plot import latency_plot


def test_dots_and_lines_lie_where_their_values_are() -> None:
    plot = latency_plot([10.0, 20.0])

    assert plot.dots == 'M25.00 54.55h0M75.00 9.09h0'
    assert (plot.top, plot.frames) == (pytest.approx(22.0), 2)
    assert (plot.p50, plot.p95) == (pytest.approx(15.0), pytest.approx(19.5))
    assert plot.p50_y == pytest.approx(100 - 100 * 15 / 22, abs=0.01)
    assert plot.p95_y < plot.p50_y
