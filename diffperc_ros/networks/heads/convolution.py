# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The unit that segmentation heads are built of."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class ConvNormReLU(nn.Module):
    """Convolution without bias, batch norm, ReLU; the size is kept.

    Parameters
    ----------
    in_channels, out_channels
        Widths before and after.
    kernel
        Side of the kernel, odd.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, out_channels, h, w) of (B, in_channels, h, w)."""
        return functional.relu(self.bn(self.conv(x)))
