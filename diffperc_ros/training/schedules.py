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


def vpd_segmentation_learning_rate(
    step: int,
    *,
    steps: int = 80_000,
    max_rate: float = 8e-5,
    warmup_steps: int = 1500,
    warmup_ratio: float = 1e-6,
) -> float:
    """Return VPD's rate for semantic segmentation: a linear fall to 0 under a linear warm-up.

    Parameters
    ----------
    step
        Global step, the first one is 0.
    steps
        Length of the run.
    max_rate
        Where the fall starts.
    warmup_steps
        Length of the warm-up; the fall goes on meanwhile.
    warmup_ratio
        Share of the rate at step 0.
    """
    rate = max_rate * (1 - step / steps)
    if step < warmup_steps:
        rate *= 1 - (1 - step / warmup_steps) * (1 - warmup_ratio)
    return rate


def vpd_referring_learning_rate(
    step: int, *, steps: int, max_rate: float = 5e-5, power: float = 0.9
) -> float:
    """Return VPD's rate for referring segmentation: a polynomial fall to 0, no warm-up.

    Parameters
    ----------
    step
        Global step, the first one is 0.
    steps
        Length of the run; published are 40 epochs.
    max_rate
        Rate of the first step.
    power
        Exponent of the fall.
    """
    return float(max_rate * (1 - step / steps) ** power)
