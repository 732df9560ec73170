# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD's segmentation head: a feature pyramid network, then the Semantic FPN head.

Kirillov et al., Panoptic Feature Pyramid Networks, 2019, as mmsegmentation builds it.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from diffperc_ros.networks.configuration import SemanticFPNHeadConfig
from diffperc_ros.networks.heads.convolution import ConvNormReLU


class FeaturePyramid(nn.Module):
    """Maps of one width, the coarser ones added to the finer ones.

    Parameters
    ----------
    in_channels
        Widths of the features, finest first.
    channels
        Width of every result.
    """

    def __init__(self, in_channels: Sequence[int], channels: int) -> None:
        super().__init__()
        self.laterals = nn.ModuleList(nn.Conv2d(width, channels, 1) for width in in_channels)
        self.outputs = nn.ModuleList(
            nn.Conv2d(channels, channels, 3, padding=1) for _ in in_channels
        )
        for module in (*self.laterals, *self.outputs):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return maps (B, channels, h, w) of the features' sizes, finest first."""
        maps = [lateral(x) for lateral, x in zip(self.laterals, features, strict=True)]
        for finer in reversed(range(len(maps) - 1)):
            coarser = functional.interpolate(maps[finer + 1], size=maps[finer].shape[-2:])
            maps[finer] = maps[finer] + coarser
        return tuple(output(x) for output, x in zip(self.outputs, maps, strict=True))


class SemanticFPNHead(nn.Module):
    """Features at 1/8 to 1/64 to class logits at 1/8.

    Parameters
    ----------
    config
        Widths and dropout.
    in_channels
        Widths of the features, finest first.
    classes
        Number of classes.
    """

    def __init__(
        self, config: SemanticFPNHeadConfig, in_channels: Sequence[int], classes: int
    ) -> None:
        super().__init__()
        self.pyramid = FeaturePyramid(in_channels, config.pyramid_channels)
        self.branches = nn.ModuleList(
            _branch(config.pyramid_channels, config.channels, doublings)
            for doublings in range(len(in_channels))
        )
        self.dropout = nn.Dropout2d(config.dropout)
        self.classifier = nn.Conv2d(config.channels, classes, 1)
        nn.init.normal_(self.classifier.weight, std=0.01)
        nn.init.zeros_(self.classifier.bias)  # type: ignore[arg-type]

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Return logits (B, classes, H/8, W/8)."""
        finest, *coarser = (
            branch(x) for branch, x in zip(self.branches, self.pyramid(features), strict=True)
        )
        for branch in coarser:
            finest = finest + branch
        logits: Tensor = self.classifier(self.dropout(finest))
        return logits


def _branch(in_channels: int, channels: int, doublings: int) -> nn.Sequential:
    """Bring one level to the finest size: a convolution before every doubling, at least one."""
    layers: list[nn.Module] = [ConvNormReLU(in_channels, channels)]
    for index in range(doublings):
        if index:
            layers.append(ConvNormReLU(channels, channels))
        layers.append(nn.Upsample(scale_factor=2, mode='bilinear', align_corners=False))
    for layer in layers:
        if isinstance(layer, ConvNormReLU):
            nn.init.kaiming_normal_(layer.conv.weight, mode='fan_out', nonlinearity='relu')
    return nn.Sequential(*layers)
