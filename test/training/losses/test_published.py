# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import pytest
import torch

from diffperc_ros.training.losses.published import (
    dice_loss,
    presence_loss,
    referring_loss,
    segmentation_loss,
    silog_loss,
)


def test_holes_do_not_count() -> None:
    truth = torch.tensor([[2.0, 0.0, -1.0, math.nan, 4.0]])
    prediction = torch.tensor([[1.0, 9.0, 9.0, 9.0, 4.0]])
    d = [math.log(2), 0.0]
    expected = math.sqrt((d[0] ** 2) / 2 - 0.5 * (d[0] / 2) ** 2)
    assert silog_loss(prediction, truth).item() == pytest.approx(expected)


def test_pixels_are_pooled_over_the_batch() -> None:
    truth = torch.rand(2, 1, 4, 4) + 1
    prediction = torch.rand(2, 1, 4, 4) + 1
    together = silog_loss(prediction, truth)
    apart = torch.stack([silog_loss(p, t) for p, t in zip(prediction, truth, strict=True)]).mean()
    torch.testing.assert_close(together, silog_loss(prediction.flatten(), truth.flatten()))
    assert not torch.allclose(together, apart)


@pytest.mark.parametrize(('focus', 'expected'), [(1.0, 0.0), (0.0, math.log(2))])
def test_variance_focus_is_how_much_of_a_common_factor_is_forgiven(
    focus: float, expected: float
) -> None:
    truth = torch.tensor([1.0, 2.0, 3.0])
    assert silog_loss(truth * 2, truth, focus).item() == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize('truth', [torch.zeros(4), torch.full((4,), 2.0)])
def test_empty_and_perfect_batches_have_a_finite_gradient(truth: torch.Tensor) -> None:
    prediction = torch.full((4,), 2.0, requires_grad=True)
    loss = silog_loss(prediction, truth)
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-5)
    assert prediction.grad is not None
    assert torch.isfinite(prediction.grad).all()


def test_ignored_pixels_count_in_the_mean_alone() -> None:
    logits = torch.tensor([[[[2.0, 0.0, 9.0, 9.0]], [[0.0, 0.0, 0.0, 0.0]]]])
    labels = torch.tensor([[[0, 1, 255, 255]]])
    expected = (math.log(1 + math.exp(-2)) + math.log(2)) / 4
    assert segmentation_loss(logits, labels).item() == pytest.approx(expected)


def test_object_pixels_weigh_more() -> None:
    logits = torch.tensor([[[[2.0, 2.0]], [[0.0, 0.0]]]])
    masks = torch.tensor([[[0, 1]]])
    right, wrong = math.log(1 + math.exp(-2)), math.log(1 + math.exp(2))
    expected = (0.9 * right + 1.1 * wrong) / 2
    assert referring_loss(logits, masks).item() == pytest.approx(expected)


def test_weights_of_classes_count_by_class() -> None:
    logits = torch.zeros((1, 3, 2, 2))
    labels = torch.tensor([[[0, 1], [1, 255]]])
    plain = segmentation_loss(logits, labels).item()
    weighted = segmentation_loss(logits, labels, class_weights=(2.0, 0.5, 7.0)).item()
    assert plain == pytest.approx(3 * math.log(3) / 4)
    assert weighted == pytest.approx((2.0 + 0.5 + 0.5) * math.log(3) / 4)


def test_dice_counts_every_mask_the_same_and_leaves_empty_ones_out() -> None:
    scores = torch.full((3, 4, 4), -30.0)
    masks = torch.zeros((3, 4, 4), dtype=torch.int64)
    masks[0, :2], masks[1, 0, 0] = 1, 1
    assert dice_loss(scores, masks).item() == pytest.approx(1.0)
    scores[0, :2] = 30.0
    assert dice_loss(scores, masks).item() == pytest.approx(0.5)
    scores[1, 0, 0] = 30.0
    assert dice_loss(scores, masks).item() == pytest.approx(0.0)
    assert dice_loss(scores[2:], masks[2:]).item() == 0.0


def test_presence_is_told_from_the_few_highest_scores() -> None:
    masks = torch.zeros(2, 20, 20, dtype=torch.int64)
    masks[0, 3:5, 3:5] = 1
    scores = torch.full((2, 20, 20), -8.0)
    silent = presence_loss(scores, masks, share=0.01)
    assert silent.item() == pytest.approx((8.0 + 0.0) / 2, abs=1e-2)
    scores[0, 10, :4] = 8.0
    assert presence_loss(scores, masks, share=0.01).item() == pytest.approx(0.0, abs=1e-2)
    # Whether it is found where it is does not matter here, how many say so does.
    assert presence_loss(scores, masks, share=0.02).item() > 0.2
    scores[1, 0, :4] = 8.0
    assert presence_loss(scores, masks, share=0.01).item() == pytest.approx(4.0, abs=1e-2)
