# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""UPerNet's head (Xiao et al., ECCV 2018, as in mmsegmentation) and the auxiliary head beside it.

Parameter names are those of mmsegmentation 0.30.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffperc_ros.networks.heads.convolution import ConvNormReLU
from diffperc_ros.networks.metaprompts_configuration import UPerNetHeadConfig


class UPerNetHead(nn.Module):
    """Four maps of equal width, finest first, to class logits at the finest one's size.

    Parameters
    ----------
    config
        Widths of the layers.
    in_channels
        Width of every map.
    classes
        Width of the answer.
    """

    def __init__(self, config: UPerNetHeadConfig, in_channels: int, classes: int) -> None:
        super().__init__()
        width, scales = config.channels, config.pool_scales
        self.psp_modules = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(scale), ConvNormReLU(in_channels, width, kernel=1))
            for scale in scales
        )
        self.bottleneck = ConvNormReLU(in_channels + len(scales) * width, width)
        self.lateral_convs = nn.ModuleList(
            ConvNormReLU(in_channels, width, kernel=1) for _ in range(3)
        )
        self.fpn_convs = nn.ModuleList(ConvNormReLU(width, width) for _ in range(3))
        self.fpn_bottleneck = ConvNormReLU(4 * width, width)
        self.dropout = nn.Dropout2d(config.dropout)
        self.conv_seg = _classifier(width, classes)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Return logits (B, classes, h, w), h and w those of the finest map."""
        logits: Tensor = self.conv_seg(self.dropout(self.fuse(maps)))
        return logits

    def fuse(self, maps: Sequence[Tensor]) -> Tensor:
        """Return what the classifier sees (B, channels, h, w)."""
        *finer, coarsest = maps
        levels = [lateral(m) for lateral, m in zip(self.lateral_convs, finer, strict=True)]
        levels.append(self._pool(coarsest))
        for level in reversed(range(len(finer))):
            levels[level] = levels[level] + _resize_like(levels[level + 1], levels[level])
        smooth = [conv(level) for conv, level in zip(self.fpn_convs, levels[:-1], strict=True)]
        same_size = [_resize_like(level, smooth[0]) for level in (*smooth, levels[-1])]
        fused: Tensor = self.fpn_bottleneck(torch.cat(same_size, dim=1))
        return fused

    def _pool(self, coarsest: Tensor) -> Tensor:
        pooled = [_resize_like(module(coarsest), coarsest) for module in self.psp_modules]
        context: Tensor = self.bottleneck(torch.cat((coarsest, *pooled), dim=1))
        return context


class AuxiliaryHead(nn.Module):
    """One map to class logits: a shortcut for gradients, of no use after training.

    Parameters
    ----------
    config
        Widths of the layers.
    in_channels
        Width of the map.
    classes
        Width of the answer.
    """

    def __init__(self, config: UPerNetHeadConfig, in_channels: int, classes: int) -> None:
        super().__init__()
        self.convs = nn.Sequential(ConvNormReLU(in_channels, config.channels))
        self.dropout = nn.Dropout2d(config.dropout)
        self.conv_seg = _classifier(config.channels, classes)

    def forward(self, feature: Tensor) -> Tensor:
        """Return logits (B, classes, h, w) of a map (B, in_channels, h, w)."""
        logits: Tensor = self.conv_seg(self.dropout(self.convs(feature)))
        return logits


def _classifier(in_channels: int, classes: int) -> nn.Conv2d:
    layer = nn.Conv2d(in_channels, classes, 1)
    nn.init.normal_(layer.weight, std=0.01)
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return layer


def _resize_like(feature: Tensor, other: Tensor) -> Tensor:
    return functional.interpolate(
        feature, size=other.shape[-2:], mode='bilinear', align_corners=False
    )
