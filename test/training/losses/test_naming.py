# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch

from diffperc_ros.scenes.colours import COLOURS
from diffperc_ros.training.data.cells import UNTOLD
from diffperc_ros.training.data.names import NAMED, NAMES
from diffperc_ros.training.losses.naming import RightlyNamed, naming_loss


def test_loss_learns_nothing_where_nothing_is_told() -> None:
    torch.manual_seed(0)
    logits = torch.randn(1, NAMED, 2, 2, requires_grad=True)
    name = torch.tensor([[[3, UNTOLD], [UNTOLD, 5]]])
    batch = {'name': name, 'colour': torch.full_like(name, UNTOLD), 'weight': torch.ones(1, 2, 2)}
    naming_loss(logits, batch).backward()
    assert logits.grad is not None
    moved = logits.grad.abs().sum(dim=1) > 0
    assert torch.equal(moved, name != UNTOLD)
    assert not logits.grad[:, len(NAMES) :].any()
    rightly = torch.full_like(logits, -50.0)
    rightly[0, 3, 0, 0] = rightly[0, 5, 1, 1] = 50.0
    assert naming_loss(rightly, batch) < 1e-6


def test_a_cell_counts_as_much_as_its_weight() -> None:
    name = torch.tensor([[[3, 3]]])
    batch = {
        'name': name,
        'colour': torch.full_like(name, UNTOLD),
        'weight': torch.tensor([[[3.0, 1.0]]]),
    }
    logits = torch.zeros(1, NAMED, 1, 2)
    logits[0, 3, 0, 0] = 50.0
    torch.testing.assert_close(naming_loss(logits, batch), torch.tensor(len(NAMES)).log() / 4)


def test_the_score_is_the_share_of_the_weight_that_is_told_rightly() -> None:
    batch = {
        'name': torch.tensor([[[3, 4, UNTOLD]]]),
        'colour': torch.tensor([[[0, UNTOLD, UNTOLD]]]),
        'weight': torch.tensor([[[3.0, 1.0, 9.0]]]),
    }
    logits = torch.zeros(1, NAMED, 1, 3)
    logits[:, 3] = 1
    logits[:, len(NAMES) + len(COLOURS) - 1] = 1
    named = RightlyNamed()
    named.add(logits, batch)
    assert named.scores() == pytest.approx({'names_right': 0.75, 'colours_right': 0.0})
    logits[:, len(NAMES)] = 2
    named.add(logits, batch)
    assert named.scores() == pytest.approx({'names_right': 0.75, 'colours_right': 0.5})
