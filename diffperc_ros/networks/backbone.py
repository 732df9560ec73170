# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""image -> latent -> U-Net (one pass, told something) -> features."""

from __future__ import annotations

from torch import Tensor, nn

from diffperc_ros.networks.configuration import BackboneConfig
from diffperc_ros.networks.encoders.build import build_encoder
from diffperc_ros.networks.unet import build_unet, embed_timestep, extract_features


class DiffusionBackbone(nn.Module):
    """The part that all methods share.

    Attributes
    ----------
    encoder
        Image to latent.
    unet
        diffusers' U-Net, without its output layers.
    feature_channels
        Widths of the feature maps, finest first.
    """

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.encoder = build_encoder(config.encoder)
        self.unet = build_unet(config.unet)
        self.feature_channels = config.unet.block_out_channels
        self.taps = config.taps
        self.timestep = config.timestep
        self.latent_scale = config.latent_scale

    def forward(self, image: Tensor, context: Tensor) -> tuple[Tensor, ...]:
        """Return feature maps at 1/8, 1/16, 1/32 and 1/64 of the image.

        Parameters
        ----------
        image
            RGB (B, 3, H, W) in [-1, 1]; H and W are multiples of 64.
        context
            Tokens (B, N, cross_attention_dim) that the U-Net attends to.
        """
        latent = self.encoder(image) * self.latent_scale
        time_embedding = embed_timestep(self.unet, self.timestep, like=latent)
        return extract_features(self.unet, latent, time_embedding, context, self.taps)
