# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Transposed convolutions, then a convolution: the way up that MetaPrompts' depth layers share."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn


def deconvolution(
    in_channels: int, widths: Sequence[int], out_channels: int, kernel: int
) -> nn.Sequential:
    """Return layers that double a map's size once per width and end at `out_channels`.

    Parameters
    ----------
    in_channels
        Width of the map.
    widths
        Widths of the transposed convolutions.
    out_channels
        Width of the last convolution.
    kernel
        Size of the transposed convolutions' kernels: 2 or 4.
    """
    layers: list[nn.Module] = []
    for before, width in zip((in_channels, *widths), widths, strict=False):
        layers += [
            nn.ConvTranspose2d(
                before, width, kernel, stride=2, padding=(kernel - 2) // 2, bias=False
            ),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        ]
    return nn.Sequential(
        OrderedDict(
            deconv_layers=nn.Sequential(*layers),
            conv_layers=nn.Sequential(
                nn.Conv2d(widths[-1], out_channels, 3, padding=1),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            ),
        )
    )
