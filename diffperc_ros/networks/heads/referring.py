# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD's referring head: LAVT's decoder (Yang et al., CVPR 2022), coarse to fine."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffperc_ros.networks.configuration import ReferringHeadConfig
from diffperc_ros.networks.heads.convolution import ConvNormReLU


class ReferringHead(nn.Module):
    """Features at 1/8 to 1/64 to the logits of background and object at 1/8.

    Parameters
    ----------
    config
        Width.
    in_channels
        Widths of the features, finest first.
    """

    def __init__(self, config: ReferringHeadConfig, in_channels: Sequence[int]) -> None:
        super().__init__()
        coarsest, *finer = reversed(in_channels)
        self.stages = nn.ModuleList()
        for width in finer:
            self.stages.append(
                nn.Sequential(
                    ConvNormReLU(coarsest + width, config.channels),
                    ConvNormReLU(config.channels, config.channels),
                )
            )
            coarsest = config.channels
        self.classifier = nn.Conv2d(config.channels, 2, 1)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Return logits (B, 2, H/8, W/8)."""
        logits: Tensor = self.classifier(self.decode(features))
        return logits

    def decode(self, features: Sequence[Tensor]) -> Tensor:
        """Return what the classifier reads, (B, channels, H/8, W/8)."""
        x, *finer = reversed(features)
        for stage, feature in zip(self.stages, finer, strict=True):
            x = functional.interpolate(
                x, size=feature.shape[-2:], mode='bilinear', align_corners=True
            )
            x = stage(torch.cat((x, feature), dim=1))
        return x
