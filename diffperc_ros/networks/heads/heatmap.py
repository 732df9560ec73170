# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The classic head for pose: transposed convolutions, then one map per keypoint.

Xiao et al., Simple Baselines for Human Pose Estimation and Tracking, ECCV 2018.
"""

from __future__ import annotations

from torch import Tensor, nn

from diffperc_ros.networks.heads.deconvolution import deconvolution
from diffperc_ros.networks.metaprompts_configuration import MetaPromptsPoseHeadConfig


class HeatmapHead(nn.Module):
    """Maps at 1/8 of the picture to heat maps.

    Parameters
    ----------
    config
        Widths of the layers.
    in_channels
        Width of the maps.
    keypoints
        Number of heat maps.
    """

    def __init__(
        self, config: MetaPromptsPoseHeadConfig, in_channels: int, keypoints: int
    ) -> None:
        super().__init__()
        self.decoder = deconvolution(
            in_channels, config.deconvolution_channels, config.decoder_channels, kernel=4
        )
        self.last_layer = nn.Conv2d(config.decoder_channels, keypoints, 1)
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.normal_(module.weight, std=config.init_std)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, maps: Tensor) -> Tensor:
        """Return heat maps (B, keypoints, h, w) float32 of maps (B, in_channels, h', w').

        h / h' is 2 for every transposed convolution.
        """
        heat: Tensor = self.last_layer(self.decoder(maps))
        return heat.float()
