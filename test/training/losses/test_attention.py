# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Phrases of three tokens: noun, colour, and one that says nothing."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from diffperc_ros.training.losses.attention import attention_loss

NOUN, COLOUR, UNSPOKEN = 0, 1, -1
SPOKEN = torch.tensor([[NOUN, COLOUR, UNSPOKEN]])
# Cells: a red chair, another chair, another red thing, something else.
TRUTHS = torch.tensor([[[[1, 1, 0, 0]], [[1, 0, 1, 0]]]])
RIGHT = torch.tensor([[[[0.5, 1.0, 0.0, 0.0]], [[0.5, 0.0, 1.0, 0.0]], [[0.0, 0.0, 0.0, 1.0]]]])


def test_words_that_are_looked_for_where_they_are_true_cost_least() -> None:
    # A cell in which two words are true shares its look between them; that alone costs something.
    assert attention_loss(RIGHT, SPOKEN, TRUTHS).item() == pytest.approx(math.log(2) / 3)


@pytest.mark.parametrize(('cell', 'wrong'), [(0, 2), (1, 1), (2, 0), (3, 0), (3, 1)])
def test_a_look_at_the_wrong_word_costs(cell: int, wrong: int) -> None:
    maps = RIGHT.clone()
    maps[0, :, 0, cell] = 0
    maps[0, wrong, 0, cell] = 1
    assert attention_loss(maps, SPOKEN, TRUTHS) > attention_loss(RIGHT, SPOKEN, TRUTHS) + 1


def test_tokens_of_one_word_are_looked_at_together() -> None:
    """ "Coffee table" is two tokens and one noun."""
    spoken = torch.tensor([[NOUN, NOUN, COLOUR, UNSPOKEN]])
    maps = torch.cat((0.3 * RIGHT[:, :1], 0.7 * RIGHT[:, :1], RIGHT[:, 1:]), dim=1)
    torch.testing.assert_close(
        attention_loss(maps, spoken, TRUTHS), attention_loss(RIGHT, SPOKEN, TRUTHS)
    )


def test_a_part_that_is_not_said_does_not_count() -> None:
    spoken = torch.tensor([[NOUN, UNSPOKEN, UNSPOKEN]])
    maps = torch.tensor([[[[1.0, 1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0, 1.0]], [[0.0] * 4]]])
    assert attention_loss(maps, spoken, TRUTHS).item() == pytest.approx(0, abs=1e-6)


def test_cells_of_which_a_said_part_is_untold_do_not_count() -> None:
    truths = TRUTHS.clone()
    truths[0, 1, 0, 1] = -1
    other = RIGHT.clone()
    other[0, :, 0, 1] = torch.tensor([0.0, 0.0, 1.0])
    assert attention_loss(other, SPOKEN, truths) == attention_loss(RIGHT, SPOKEN, truths)


@pytest.mark.parametrize('truth', [-1, 0, 1])
def test_all_cells_alike_have_a_finite_gradient(truth: int) -> None:
    scores = torch.zeros((2, 3, 4, 5), requires_grad=True)
    attention_loss(
        scores.softmax(dim=1), SPOKEN.repeat(2, 1), torch.full((2, 2, 4, 5), truth)
    ).backward()
    assert isinstance(scores.grad, Tensor)
    assert torch.isfinite(scores.grad).all()
    assert bool((scores.grad != 0).any()) == (truth >= 0)


def test_phrases_weigh_the_same_however_large_what_they_mean_is() -> None:
    torch.manual_seed(0)
    maps = torch.rand(2, 3, 8, 8).softmax(dim=1)
    truths = torch.zeros((2, 2, 8, 8), dtype=torch.int8)
    truths[0, 0, :6] = 1
    truths[1, 0, 0, :2] = 1
    each = [attention_loss(maps[i : i + 1], SPOKEN, truths[i : i + 1]) for i in range(2)]
    both = attention_loss(maps, SPOKEN.repeat(2, 1), truths)
    torch.testing.assert_close(both, (each[0] + each[1]) / 2)
