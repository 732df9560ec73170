# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import torch

from diffperc_ros.training.losses.heatmap import heatmap_loss


def test_the_mean_over_all_cells_by_hand() -> None:
    prediction, target = torch.zeros(1, 2, 1, 2), torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])
    assert float(heatmap_loss(prediction, target, torch.ones(1, 2))) == (1 + 4 + 9 + 16) / 4
    assert float(heatmap_loss(prediction, target, torch.tensor([[1.0, 0.0]]))) == (1 + 4) / 4


def test_a_keypoint_that_does_not_count_has_no_gradient() -> None:
    prediction = torch.zeros(1, 2, 2, 2, requires_grad=True)
    heatmap_loss(prediction, torch.ones(1, 2, 2, 2), torch.tensor([[0.0, 1.0]])).backward()
    assert prediction.grad is not None
    assert (prediction.grad[0, 0] == 0).all()
    assert (prediction.grad[0, 1] < 0).all()
