# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Loss of maps of which only some cells are told."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from diffperc_ros.training.data.cells import UNTOLD
from diffperc_ros.training.losses.published import dice_loss

_ABSENT = -1e4


def parts_loss(scores: Tensor, truths: Tensor) -> Tensor:
    """Return cross-entropy plus Dice loss over the cells that are told.

    Parameters
    ----------
    scores : logits (N, h, w).
    truths : (N, h, w): 1 true, 0 false, UNTOLD. Maps without a told cell add nothing.
    """
    told = truths != UNTOLD
    some = told.flatten(1).any(dim=1)
    if not some.any():
        return scores.sum() * 0.0
    scores, told, true = scores[some], told[some], truths[some].clamp_min(0).to(scores.dtype)
    losses = functional.binary_cross_entropy_with_logits(scores, true, reduction='none')
    return (losses * told).sum() / told.sum() + dice_loss(scores.masked_fill(~told, _ABSENT), true)
