# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import pytest
import torch

from diffperc_ros.training.losses.log_depth import SCALE_WEIGHT, log_depth_loss

TARGET = torch.rand(2, 1, 16, 16, generator=torch.Generator().manual_seed(1)) * 3 + 0.5


def test_a_perfect_answer_costs_nothing() -> None:
    assert log_depth_loss(TARGET, TARGET).item() == pytest.approx(0, abs=1e-6)


def test_a_wrong_scale_costs_the_scale_part_alone() -> None:
    assert log_depth_loss(2 * TARGET, TARGET).item() == pytest.approx(
        SCALE_WEIGHT * math.log(2), rel=1e-4
    )


def test_unknown_pixels_count_for_nothing() -> None:
    target = TARGET.clone()
    target[:, :, :4] = 0
    answer = TARGET.clone()
    answer[:, :, :4] = 9
    assert log_depth_loss(answer, target).item() == pytest.approx(0, abs=1e-6)


def test_an_image_without_depth_gives_no_nan() -> None:
    target = TARGET.clone()
    target[0] = 0
    answer = TARGET.clone().requires_grad_()
    loss = log_depth_loss(answer, target)
    loss.backward()
    assert torch.isfinite(loss)
    assert answer.grad is not None
    assert torch.isfinite(answer.grad).all()


def test_a_lost_edge_costs_more_than_the_same_error_spread() -> None:
    step = torch.ones(1, 1, 16, 16)
    step[..., 8:] = 2
    flat = torch.full_like(step, 1.5)
    ramp = torch.linspace(1, 2, 16).expand(1, 1, 16, 16)
    assert log_depth_loss(flat, step) > log_depth_loss(ramp, flat)
