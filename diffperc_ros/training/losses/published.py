# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What training minimises."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

# Keeps the square root's gradient finite at a perfect fit, which the published code does not.
_SMALLEST_VARIANCE = 1e-12


def silog_loss(prediction: Tensor, ground_truth: Tensor, variance_focus: float = 0.5) -> Tensor:
    """Return the scale-invariant logarithmic loss over all valid pixels of the batch together.

    sqrt(mean(d^2) - variance_focus * mean(d)^2) with d = ln g - ln p (Eigen et al. 2014, in the
    form that VPD and MetaPrompts train with). A batch without valid pixels has loss 0 and
    gradient 0.

    Parameters
    ----------
    prediction
        Positive depth, metres, any shape.
    ground_truth
        Depth of the same shape, metres; values not above 0 and NaN are no measurement.
    variance_focus
        How much of an error common to all pixels is forgiven, from 0 (none) to 1 (all).
    """
    valid = ground_truth > 0
    if not valid.any():
        return prediction.sum() * 0.0
    difference = torch.log(ground_truth[valid]) - torch.log(prediction[valid].float())
    variance = (difference**2).mean() - variance_focus * difference.mean() ** 2
    return torch.sqrt(variance.clamp_min(_SMALLEST_VARIANCE))


def segmentation_loss(
    logits: Tensor, labels: Tensor, ignore: int = 255, class_weights: Sequence[float] | None = None
) -> Tensor:
    """Return VPD's loss for semantic segmentation: cross-entropy over all pixels of the batch.

    Pixels to ignore add nothing to the sum but count in the mean, as mmsegmentation has it.

    Parameters
    ----------
    logits
        (B, C, H, W).
    labels
        int64 (B, H, W), classes 0 to C - 1 or `ignore`.
    ignore
        Label of the pixels to ignore.
    class_weights
        What a pixel of each class counts; published is 1 for all.
    """
    weights = None if class_weights is None else logits.new_tensor(class_weights)
    total = functional.cross_entropy(
        logits, labels, weight=weights, ignore_index=ignore, reduction='sum'
    )
    return total / labels.numel()


def referring_loss(
    logits: Tensor, masks: Tensor, class_weights: tuple[float, float] = (0.9, 1.1)
) -> Tensor:
    """Return VPD's loss for referring segmentation: the weighted mean of the cross-entropy.

    Parameters
    ----------
    logits
        (B, 2, H, W): background, object.
    masks
        int64 (B, H, W): 1 where the object is, else 0.
    class_weights
        Weights of background and object pixels; the loss is divided by their sum over all pixels.
    """
    return functional.cross_entropy(logits, masks, weight=logits.new_tensor(class_weights))


def dice_loss(scores: Tensor, masks: Tensor) -> Tensor:
    """Return the mean over masks of 1 - 2 |A and B| / (|A| + |B|) (Milletari et al. 2016).

    Each mask counts the same, however small; those that are empty are left out.

    Parameters
    ----------
    scores
        (B, H, W) logits of the object.
    masks
        (B, H, W): 1 where the object is, else 0.
    """
    area = masks.flatten(1).sum(dim=1)
    there = area > 0
    if not there.any():
        return scores.sum() * 0.0
    probability = scores[there].sigmoid().flatten(1)
    truth = masks[there].flatten(1).to(probability.dtype)
    shared = (probability * truth).sum(dim=1)
    return (1 - 2 * shared / (probability.sum(dim=1) + area[there])).mean()


def presence_loss(scores: Tensor, masks: Tensor, share: float = 0.0025) -> Tensor:
    """Return the cross-entropy of whether anything is there, told from the highest scores.

    Parameters
    ----------
    scores
        (B, H, W) logits of the object.
    masks
        (B, H, W): 1 where the object is, else 0; where all is 0, nothing is meant.
    share
        Of a picture's pixels whose mean score answers for the picture: about those of the
        smallest thing that is spoken of.
    """
    flat = scores.flatten(1)
    highest = flat.topk(max(1, round(share * flat.shape[1])), dim=1).values.mean(dim=1)
    there = masks.flatten(1).any(dim=1)
    return functional.binary_cross_entropy_with_logits(highest, there.to(highest.dtype))
