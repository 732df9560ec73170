# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What pose training minimises."""

from __future__ import annotations

from torch import Tensor


def heatmap_loss(prediction: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Return the mean squared error over all cells, keypoints that do not count taken as right.

    The loss of Simple Baselines (Xiao et al., ECCV 2018) without its constant half.

    Parameters
    ----------
    prediction, target
        (B, K, h, w), as `networks.heatmaps.encode_heatmaps` makes targets.
    weights
        (B, K), as `networks.heatmaps.heatmap_weights` makes them: 1 counts, 0 does not.
    """
    return (weights[..., None, None] * (prediction - target) ** 2).mean()
