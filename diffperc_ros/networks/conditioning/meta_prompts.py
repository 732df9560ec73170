# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""MetaPrompts: learned vectors in the place of text, and features told by likeness to them."""

from __future__ import annotations

from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.amp import is_autocast_available
from torch.nn import functional


class AdaptedPrompts(nn.Module):
    """One set of prompts and one small perceptron for each pass, as published for depth.

    Parameters
    ----------
    steps
        Passes of the U-Net.
    count
        Prompts per pass.
    dim
        Width of a prompt.
    """

    def __init__(self, steps: int, count: int, dim: int) -> None:
        super().__init__()
        self.prompts = nn.ParameterList(torch.randn(count, dim) for _ in range(steps))
        self.adapters = nn.ModuleList(
            nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))
            for _ in range(steps)
        )

    def forward(self) -> tuple[Tensor, ...]:
        """Return the adapted prompts (count, dim) of each pass."""
        return tuple(
            adapter(prompts) for adapter, prompts in zip(self.adapters, self.prompts, strict=True)
        )


def rearrange(features: Tensor, prompts: Tensor) -> Tensor:
    """Return one map per prompt: each pixel's inner product with it, neither scaled nor biased.

    Parameters
    ----------
    features
        (B, dim, H, W).
    prompts
        (N, dim).

    Returns
    -------
    Tensor
        (B, N, H, W) of the features' type; summed in float32 also under autocast, since a sum over
        hundreds of products that are not scaled leaves the range of float16. (MetaPrompts'
        feature re-arrangement, as in the published code.)
    """
    wide = torch.promote_types(features.dtype, torch.float32)
    place = features.device.type
    with torch.autocast(place, enabled=False) if is_autocast_available(place) else nullcontext():
        maps = functional.conv2d(features.to(wide), prompts.to(wide)[:, :, None, None])
    return maps.to(features.dtype)
