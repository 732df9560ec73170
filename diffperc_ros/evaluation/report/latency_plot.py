# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Latency per frame as the numbers of an inline SVG that stretches with the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LatencyPlot:
    """Geometry of the plot in a box of 100 by 100, origin top left.

    Parameters
    ----------
    dots : path with a stroke of no length per frame, drawn as dots by round line caps.
    p50_y, p95_y : heights of the two lines.
    p50, p95, top : their values and that of the top edge, milliseconds.
    frames : how many dots.
    """

    dots: str
    p50_y: float
    p95_y: float
    p50: float
    p95: float
    top: float
    frames: int


def latency_plot(latencies_ms: Sequence[float]) -> LatencyPlot:
    """Return the plot of at least one latency, milliseconds, in the order of frames."""
    values = np.asarray(latencies_ms, np.float64)
    p50, p95 = (float(value) for value in np.percentile(values, [50, 95]))
    top = float(values.max()) * 1.1

    def height(value: float) -> float:
        return round(100 - 100 * value / top, 2)

    across = 100 * (np.arange(values.size) + 0.5) / values.size
    dots = ''.join(f'M{x:.2f} {height(value)}h0' for x, value in zip(across, values, strict=True))
    return LatencyPlot(dots, height(p50), height(p95), p50, p95, top, values.size)
