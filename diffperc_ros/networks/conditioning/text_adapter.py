# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD's correction of text features, the same for all its tasks."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class TextAdapter(nn.Module):
    """Residual correction of text features: c + gamma * MLP(c) (VPD, section 3.2).

    Parameters
    ----------
    dim
        Width of the text features.
    scale
        Initial value of every element of gamma.
    """

    def __init__(self, dim: int, scale: float) -> None:
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))
        self.gamma = nn.Parameter(torch.full((dim,), scale))

    def forward(self, text: Tensor) -> Tensor:
        """Return adapted features of the same shape (..., dim)."""
        adapted: Tensor = text + self.gamma * self.fc(text)
        return adapted
