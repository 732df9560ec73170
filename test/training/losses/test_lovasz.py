# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch

from diffperc_ros.training.losses.lovasz import lovasz_softmax_loss


@pytest.mark.parametrize(
    ('predicted', 'labels', 'expected'),
    [
        ([0, 1, 1, 0], [0, 1, 1, 0], 0.0),
        # Class 0 hits 1 of a union of 2, class 1 hits 2 of 3; class 2 occurs nowhere.
        ([0, 1, 1, 1], [0, 1, 1, 0], (1 / 2 + 1 / 3) / 2),
        ([0, 1, 1, 2], [0, 1, 1, 255], 0.0),
        ([0, 1], [255, 255], 0.0),
    ],
)
def test_lovasz_of_certain_answers_is_one_minus_the_mean_iou(
    predicted: list[int], labels: list[int], expected: float
) -> None:
    logits = 100 * torch.nn.functional.one_hot(torch.tensor(predicted), 3).float()
    logits = logits.T.reshape(1, 3, 1, -1).requires_grad_()
    loss = lovasz_softmax_loss(logits, torch.tensor(labels).reshape(1, 1, -1))
    assert loss.item() == pytest.approx(expected, abs=1e-6)
    loss.backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
