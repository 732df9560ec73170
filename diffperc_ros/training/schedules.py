# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Learning rates over a run."""

from __future__ import annotations


def vpd_depth_learning_rate(
    step: int,
    *,
    steps_per_epoch: int,
    epochs: int = 25,
    max_rate: float = 5e-4,
    min_rate: float = 3e-5,
    power: float = 0.9,
) -> float:
    """Return VPD's rate for depth: it rises for the first half of the epochs, then falls.

    Parameters
    ----------
    step
        Global step, the first one is 1.
    steps_per_epoch, epochs
        Length of the run; an odd epoch at the end stays at `min_rate`.
    max_rate, min_rate
        Highest and lowest rate.
    power
        Exponent of both halves.
    """
    half = steps_per_epoch * (epochs // 2)
    span = max_rate - min_rate
    if step < half:
        return float(span * (step / half) ** power + min_rate)
    # Published in this order of operations, which decides the last digits.
    return float(max(min_rate, (min_rate - max_rate) * (step / half - 1) ** power + max_rate))
