# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The loss of the small default model: right shape first, right scale too.

The papers' SiLog (published.py) averages squares, which a few wrong far pixels dominate; absolute
differences of log depth are the mean relative error that users see.
"""

from __future__ import annotations

import torch
from torch import Tensor

SCALE_WEIGHT = 0.4
SHAPE_WEIGHT = 1.0
EDGE_WEIGHT = 0.5
MIN_DEPTH = 0.05


def log_depth_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """Return the loss of a batch.

    Three parts: absolute log error as it stands (metric scale), after removing each image's
    median error (shape), and of differences between neighbours at four scales (edges, planes).

    Parameters
    ----------
    prediction : (B, 1, H, W) metres, positive.
    target : (B, 1, H, W) metres, 0 where unknown.
    """
    valid = target > MIN_DEPTH
    error = torch.where(
        valid, prediction.clamp_min(MIN_DEPTH / 2).log() - target.clamp_min(MIN_DEPTH).log(), 0.0
    )
    count = valid.sum(dim=(1, 2, 3)).clamp_min(1)
    median = torch.stack(
        [
            image[known].median() if known.any() else image.new_zeros(())
            for image, known in zip(error.detach(), valid, strict=True)
        ]
    )
    scale = (error.abs().sum(dim=(1, 2, 3)) / count).mean()
    centred = torch.where(valid, error - median[:, None, None, None], 0.0)
    shape = (centred.abs().sum(dim=(1, 2, 3)) / count).mean()
    return SCALE_WEIGHT * scale + SHAPE_WEIGHT * shape + EDGE_WEIGHT * _edges(error, valid)


def _edges(error: Tensor, valid: Tensor) -> Tensor:
    total = error.new_zeros(())
    for level in range(4):
        step = 2**level
        coarse, known = error[..., ::step, ::step], valid[..., ::step, ::step]
        for axis in (-1, -2):
            length = coarse.shape[axis] - 1
            both = known.narrow(axis, 1, length) & known.narrow(axis, 0, length)
            difference = coarse.narrow(axis, 1, length) - coarse.narrow(axis, 0, length)
            total = total + (difference.abs() * both).sum() / both.sum().clamp_min(1)
    return total / 4
