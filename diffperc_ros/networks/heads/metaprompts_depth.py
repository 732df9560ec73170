# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""MetaPrompts' depth layers: fusion before the re-arrangement, decoding after it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from diffperc_ros.networks.heads.deconvolution import deconvolution
from diffperc_ros.networks.heads.normalised_convolution import normalised_convolution
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsDepthHeadConfig,
    MetaPromptsPoseHeadConfig,
)


class FeatureFusion(nn.Module):
    """Bring four feature maps to the finest one's size and merge them to the prompts' width.

    Parameters
    ----------
    config
        Widths of the layers.
    channels
        Widths of the features, finest first.
    out_channels
        Width of the prompts.
    """

    def __init__(
        self,
        config: MetaPromptsDepthHeadConfig | MetaPromptsPoseHeadConfig,
        channels: Sequence[int],
        out_channels: int,
    ) -> None:
        super().__init__()
        finest, *coarser = channels
        groups, width = config.norm_num_groups, config.fusion_channels
        self.layer1 = normalised_convolution(finest, finest, groups)
        self.coarser = nn.ModuleList(
            deconvolution(level_channels, (width,) * doublings, level_channels, kernel=4)
            for doublings, level_channels in enumerate(coarser, start=1)
        )
        self.out_layer = normalised_convolution(sum(channels), out_channels, groups)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)  # type: ignore[arg-type]

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Return the merged map (B, out_channels, h, w), h and w those of the finest features."""
        finest, *rest = features
        maps = [layer(feature) for layer, feature in zip(self.coarser, rest, strict=True)]
        merged: Tensor = self.out_layer(torch.cat((self.layer1(finest), *maps), dim=1))
        return merged


class MetaPromptsDepthDecoder(nn.Module):
    """One map per prompt at 1/8 of the image to depth in metres."""

    def __init__(self, config: MetaPromptsDepthHeadConfig, prompts: int) -> None:
        super().__init__()
        self.max_depth = config.max_depth
        channels = config.decoder_channels
        self.decoder = deconvolution(prompts, config.deconvolution_channels, channels, kernel=2)
        self.last_layer = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, 1, 3, padding=1),
        )
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.normal_(module.weight, std=config.init_std)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, maps: Tensor) -> Tensor:
        """Return depth (B, 1, 8 h, 8 w) in (0, max_depth) metres of maps (B, prompts, h, w)."""
        logit: Tensor = self.last_layer(self.decoder(maps))
        # Half precision cannot tell neighbouring depths apart, so the answer leaves it here.
        return torch.sigmoid(logit.float()) * self.max_depth
