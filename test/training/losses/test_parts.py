# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch

from diffperc_ros.training.losses.parts import parts_loss


def test_what_is_untold_does_not_count() -> None:
    torch.manual_seed(0)
    truths = torch.randint(-1, 2, (3, 4, 5))
    scores = torch.randn(3, 4, 5)
    other = torch.where(truths < 0, scores + 5, scores)
    torch.testing.assert_close(parts_loss(scores, truths), parts_loss(other, truths))


def test_maps_of_which_nothing_is_told_do_not_count() -> None:
    torch.manual_seed(0)
    truths, scores = torch.randint(0, 2, (2, 4, 5)), torch.randn(2, 4, 5)
    more = torch.cat((truths, torch.full((3, 4, 5), -1)))
    with_more = torch.cat((scores, torch.randn(3, 4, 5)))
    torch.testing.assert_close(parts_loss(scores, truths), parts_loss(with_more, more))


@pytest.mark.parametrize('truth', [-1, 0, 1])
def test_untold_empty_and_full_maps_have_a_finite_gradient(truth: int) -> None:
    scores = torch.zeros((2, 4, 5), requires_grad=True)
    parts_loss(scores, torch.full((2, 4, 5), truth)).backward()
    assert scores.grad is not None
    assert torch.isfinite(scores.grad).all()
    assert bool((scores.grad != 0).all()) == (truth >= 0)


def test_a_right_answer_costs_nothing_and_a_wrong_one_much() -> None:
    truths = torch.tensor([[[1, 0], [-1, 0]]])
    right = (truths.float() - 0.5) * 40
    assert parts_loss(right, truths).item() < 1e-3
    assert parts_loss(-right, truths).item() > 10
