# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Images of any size on the U-Net's grid."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

# The latent is 1/8 of the image and the U-Net halves it three times.
GRID = 64


def pad_to_grid(image: Tensor, grid: int = GRID) -> Tensor:
    """Zero-pad (B, C, H, W) at the right and the bottom to the next multiples of `grid` pixels.

    Applied to an image in [-1, 1] the padding is mid-grey (VPD's published forward).
    """
    height, width = image.shape[-2:]
    return functional.pad(image, (0, -width % grid, 0, -height % grid))
