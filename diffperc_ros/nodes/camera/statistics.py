# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What became of the images: counts, rates, times. Written by two threads, read by a third."""

from __future__ import annotations

import threading
from collections import Counter, deque
from time import monotonic

import numpy as np

WINDOW_S = 5.0
REMEMBERED = 200
COUNTERS = (
    'frames_in',
    'frames_out',
    'incomplete',
    'dropped_busy',
    'dropped_old',
    'dropped_bad',
    'skipped_rate',
    'skipped_idle',
    'lost_by_middleware',
)


class FrameStatistics:
    """Counts since the node was activated, rates over seconds, percentiles over 200 frames."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        with self._lock:
            self._began = monotonic()
            self._counts: Counter[str] = Counter()
            self._times: dict[str, deque[float]] = {
                name: deque(maxlen=REMEMBERED) for name in ('frames_in', 'frames_out')
            }
            self._samples: dict[str, deque[float]] = {
                name: deque(maxlen=REMEMBERED) for name in ('inference_ms', 'latency_ms')
            }

    def count(self, name: str, number: int = 1) -> None:
        """Add to a counter of `COUNTERS`."""
        with self._lock:
            self._counts[name] += number
            if name in self._times:
                self._times[name].append(monotonic())

    def sample(self, name: str, milliseconds: float) -> None:
        """Note a duration: 'inference_ms' or 'latency_ms'."""
        with self._lock:
            self._samples[name].append(milliseconds)

    def counts(self) -> dict[str, int]:
        """Return all counters."""
        with self._lock:
            return {name: self._counts[name] for name in COUNTERS}

    def rate(self, name: str) -> float:
        """Return 'frames_in' or 'frames_out' a second over the last seconds; 0 when silent."""
        with self._lock:
            recent = [time for time in self._times[name] if time > monotonic() - WINDOW_S]
        return (len(recent) - 1) / (recent[-1] - recent[0]) if len(recent) > 1 else 0.0

    def age_ms(self) -> float | None:
        """Return the milliseconds since the last image came in; None before the first."""
        with self._lock:
            times = self._times['frames_in']
            return 1000 * (monotonic() - times[-1]) if times else None

    def silence_ms(self) -> float:
        """Return the milliseconds since the last image, or since the beginning if none came."""
        age = self.age_ms()
        return 1000 * (monotonic() - self._began) if age is None else age

    def percentiles(self, name: str) -> tuple[float, float] | None:
        """Return median and 95th percentile of a duration, milliseconds; None without samples."""
        with self._lock:
            samples = list(self._samples[name])
        if not samples:
            return None
        middle, high = np.percentile(samples, [50, 95])
        return float(middle), float(high)
