# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from diffperc_ros.training.schedules import vpd_depth_learning_rate


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
