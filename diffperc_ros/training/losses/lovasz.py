# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A loss that follows the mean IoU."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def lovasz_softmax_loss(logits: Tensor, labels: Tensor, ignore: int = 255) -> Tensor:
    """Return the Lovasz-softmax loss: a smooth stand-in for 1 - mean IoU (Berman et al. 2018).

    Pixels of the whole batch are taken together, pixels to ignore left out; the mean is over the
    classes that occur in the labels. Without any label it is 0. MetaPrompts adds it to
    `losses.segmentation_loss` with equal weight.

    Parameters
    ----------
    logits
        (B, C, H, W).
    labels
        int64 (B, H, W), classes 0 to C - 1 or `ignore`.
    """
    valid = labels != ignore
    probabilities = logits.softmax(dim=1).permute(0, 2, 3, 1)[valid]
    present, classes = torch.unique(labels[valid], return_inverse=True)
    if not len(present):
        return logits.sum() * 0.0
    foreground = functional.one_hot(classes, len(present)).to(probabilities.dtype)
    errors = (foreground - probabilities[:, present]).abs()
    sorted_errors, order = errors.sort(dim=0, descending=True)
    hits = foreground.gather(0, order)
    # Jaccard loss of the k worst pixels, for every k; its increments weigh the errors.
    missed = hits.cumsum(dim=0)
    jaccard = 1 - (hits.sum(dim=0) - missed) / (hits.sum(dim=0) + (1 - hits).cumsum(dim=0))
    increments = jaccard.diff(dim=0, prepend=torch.zeros_like(jaccard[:1]))
    return (sorted_errors * increments).sum(dim=0).mean()
