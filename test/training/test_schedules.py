# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from diffperc_ros.training.schedules import (
    vpd_depth_learning_rate,
    vpd_referring_learning_rate,
    vpd_segmentation_learning_rate,
)


def rate(step: int) -> float:
    return vpd_depth_learning_rate(step, steps_per_epoch=10, epochs=5)


def test_rises_to_the_middle_then_falls() -> None:
    rates = [rate(step) for step in range(1, 51)]
    assert max(rates) == rate(20) == 5e-4
    assert rates[:20] == sorted(rates[:20])
    assert rates[19:] == sorted(rates[19:], reverse=True)


@pytest.mark.parametrize('step', [40, 41, 50])
def test_ends_at_the_lowest_rate(step: int) -> None:
    assert rate(step) == pytest.approx(3e-5)


def test_segmentation_warms_up_then_falls_to_zero() -> None:
    rates = [
        vpd_segmentation_learning_rate(step, steps=100, warmup_steps=10) for step in range(101)
    ]
    assert rates[0] == pytest.approx(8e-11)
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[10] == pytest.approx(0.9 * 8e-5)
    assert rates[100] == 0


def test_referring_falls_from_the_first_step() -> None:
    rates = [vpd_referring_learning_rate(step, steps=10) for step in range(11)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == 5e-5
    assert rates[5] == pytest.approx(5e-5 * 0.5**0.9)
    assert rates[10] == 0
