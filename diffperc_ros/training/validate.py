# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Depth error on rendered pictures that were never trained on."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset


def validate(
    network: nn.Module, pictures: Dataset[dict[str, Tensor]], batch: int
) -> dict[str, float]:
    """Return mean absolute relative errors over pictures, as they stand and median-scaled."""
    was_training = network.training
    network.eval()
    metric: list[float] = []
    scaled: list[float] = []
    with torch.inference_mode():
        for items in DataLoader(pictures, batch_size=batch):
            answers = network(items['image'], None)
            for depth, truth in zip(answers, items['depth'], strict=True):
                known = truth > 0
                if known.any():
                    p, g = depth[known], truth[known]
                    metric.append(((p - g).abs() / g).mean().item())
                    p = p * (g.median() / p.median())
                    scaled.append(((p - g).abs() / g).mean().item())
    network.train(was_training)
    return {
        'abs_rel_metric': sum(metric) / len(metric),
        'abs_rel_median_scaled': sum(scaled) / len(scaled),
    }
