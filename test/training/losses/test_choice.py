# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A picture of a wide wall and two small mugs."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from diffperc_ros.training.losses.choice import choice_loss

WALL, MUG, OTHER_MUG = 0, 1, 2
INSTANCES = torch.tensor([[[WALL] * 8, [WALL] * 4 + [MUG, MUG, OTHER_MUG, OTHER_MUG]]])
SCORES = st.tuples(*[st.floats(-5, 5)] * 3)


def painted(*scores: float) -> Tensor:
    """Every thing's pixels with its score, float64 (1, 1, h, w)."""
    return torch.tensor(scores, dtype=torch.float64)[INSTANCES][:, None]


def meant(*things: int) -> Tensor:
    return torch.isin(INSTANCES, torch.tensor(things))[:, None].long()


@given(scores=SCORES)
def test_one_thing_is_chosen_among_all_and_nothing(scores: tuple[float, float, float]) -> None:
    loss = choice_loss(painted(*scores), meant(MUG), INSTANCES)
    shares = torch.softmax(torch.tensor((*scores, 0.0), dtype=torch.float64), dim=0)
    assert loss.item() == pytest.approx(-math.log(shares[MUG]))


@given(scores=SCORES)
def test_where_nothing_is_meant_nothing_is_to_be_chosen(
    scores: tuple[float, float, float],
) -> None:
    loss = choice_loss(painted(*scores), meant(), INSTANCES)
    shares = torch.softmax(torch.tensor((*scores, 0.0), dtype=torch.float64), dim=0)
    assert loss.item() == pytest.approx(-math.log(shares[3]))


def test_things_that_are_meant_together_do_not_compete() -> None:
    together = choice_loss(painted(-4, 5, 5), meant(MUG, OTHER_MUG), INSTANCES)
    alone = choice_loss(painted(-4, 5, -100), meant(MUG), INSTANCES)
    torch.testing.assert_close(together, alone)


def test_a_pixel_of_a_small_thing_weighs_more_than_one_of_a_large_thing() -> None:
    scores = torch.zeros(1, 1, 2, 8, requires_grad=True)
    choice_loss(scores, meant(MUG), INSTANCES).backward()
    assert scores.grad is not None
    assert scores.grad[0, 0, 1, 4] < 0 < scores.grad[0, 0, 0, 0]
    assert scores.grad[0, 0, 0, 0] * 5 < scores.grad[0, 0, 1, 6]


def test_pictures_and_phrases_are_judged_each_alone() -> None:
    torch.manual_seed(0)
    scores = torch.randn(2, 3, 2, 8)
    instances = torch.cat((INSTANCES, INSTANCES.flip(2) + 5))
    masks = torch.stack((instances == 1, instances == 6, instances > 5), dim=1).long()
    each = [
        choice_loss(
            scores[b : b + 1, p : p + 1], masks[b : b + 1, p : p + 1], instances[b : b + 1]
        )
        for b in range(2)
        for p in range(3)
    ]
    torch.testing.assert_close(choice_loss(scores, masks, instances), torch.stack(each).mean())
