# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD's depth head: four feature maps, merged at 1/32, then decoded to metres."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffperc_ros.networks.configuration import VPDDepthHeadConfig


class FeatureAggregation(nn.Module):
    """Bring four feature maps to 1/32 of the image and merge them.

    Parameters
    ----------
    channels
        Widths of the features at 1/8, 1/16, 1/32 and 1/64.
    out_channels
        Width of the merged map.
    norm_num_groups
        Groups of the GroupNorms.
    """

    def __init__(self, channels: Sequence[int], out_channels: int, norm_num_groups: int) -> None:
        super().__init__()
        eighth, sixteenth, *coarse = channels
        self.layer1 = nn.Sequential(
            nn.Conv2d(eighth, eighth, 3, stride=2, padding=1),
            nn.GroupNorm(norm_num_groups, eighth),
            nn.ReLU(),
            nn.Conv2d(eighth, eighth, 3, stride=2, padding=1),
        )
        self.layer2 = nn.Sequential(nn.Conv2d(sixteenth, sixteenth, 3, stride=2, padding=1))
        self.out_layer = nn.Sequential(
            nn.Conv2d(eighth + sixteenth + sum(coarse), out_channels, 1),
            nn.GroupNorm(norm_num_groups, out_channels),
            nn.ReLU(),
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)  # type: ignore[arg-type]

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Return the merged map (B, out_channels, H/32, W/32)."""
        eighth, sixteenth, thirtysecond, sixtyfourth = features
        coarsest = functional.interpolate(sixtyfourth, scale_factor=2.0, mode='nearest')
        merged: Tensor = self.out_layer(
            torch.cat((self.layer1(eighth), self.layer2(sixteenth), thirtysecond, coarsest), dim=1)
        )
        return merged


class DepthDecoder(nn.Module):
    """Merged map at 1/32 to features at full resolution.

    Parameters
    ----------
    in_channels
        Width of the merged map.
    deconvolution_channels
        Widths of the three transposed convolutions.
    out_channels
        Width of the result.
    """

    def __init__(
        self, in_channels: int, deconvolution_channels: Sequence[int], out_channels: int
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = in_channels
        for width in deconvolution_channels:
            layers += [
                nn.ConvTranspose2d(channels, width, 2, stride=2, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
            ]
            channels = width
        self.deconv_layers = nn.Sequential(*layers)
        self.conv_layers = nn.Sequential(
            nn.Conv2d(channels, out_channels, 3, padding=1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )

    def forward(self, merged: Tensor) -> Tensor:
        """Return features (B, out_channels, H, W) of a merged map (B, in_channels, H/32, W/32)."""
        x = self.conv_layers(self.deconv_layers(merged))
        x = functional.interpolate(x, scale_factor=2.0, mode='bilinear', align_corners=False)
        return functional.interpolate(x, scale_factor=2.0, mode='bilinear', align_corners=False)


class VPDDepthHead(nn.Module):
    """Feature pyramid to depth in metres.

    The published forward drops padded cells between `aggregation` and `decode`, so the two are
    called apart.
    """

    def __init__(self, config: VPDDepthHeadConfig, feature_channels: Sequence[int]) -> None:
        super().__init__()
        self.max_depth = config.max_depth
        self.aggregation = FeatureAggregation(
            feature_channels, config.aggregated_channels, config.norm_num_groups
        )
        self.decoder = DepthDecoder(
            config.aggregated_channels, config.deconvolution_channels, config.decoder_channels
        )
        self.last_layer = nn.Sequential(
            nn.Conv2d(config.decoder_channels, config.decoder_channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(config.decoder_channels, 1, 3, padding=1),
        )
        for module in (*self.decoder.modules(), *self.last_layer.modules()):
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.normal_(module.weight, std=config.init_std)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def decode(self, merged: Tensor) -> Tensor:
        """Return depth (B, 1, H, W) in (0, max_depth) metres of a merged map at 1/32."""
        logit: Tensor = self.last_layer(self.decoder(merged))
        # Half precision cannot tell neighbouring depths apart, so the answer leaves it here.
        return torch.sigmoid(logit.float()) * self.max_depth

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Return depth (B, 1, H, W) in metres of features at 1/8, 1/16, 1/32 and 1/64."""
        return self.decode(self.aggregation(features))
