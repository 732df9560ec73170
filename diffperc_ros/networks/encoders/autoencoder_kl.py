# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Stable Diffusion's own image encoder: the mean of the autoencoder's posterior."""

from __future__ import annotations

from diffusers.models.autoencoders.vae import Encoder
from torch import Tensor, nn

from diffperc_ros.networks.configuration import AutoencoderKLConfig


class AutoencoderKLEncoder(nn.Module):
    """Image to latent mean, never sampled and never scaled (VPD's published code).

    The modules are diffusers' own, so that Stable Diffusion's weights fit key by key; the decoder
    half is never built.
    """

    def __init__(self, config: AutoencoderKLConfig) -> None:
        super().__init__()
        self.latent_channels = config.latent_channels
        self.encoder = Encoder(
            in_channels=3,
            out_channels=config.latent_channels,
            down_block_types=('DownEncoderBlock2D',) * len(config.block_out_channels),
            block_out_channels=config.block_out_channels,
            layers_per_block=config.layers_per_block,
            norm_num_groups=config.norm_num_groups,
            double_z=True,
        )
        self.quant_conv = nn.Conv2d(2 * config.latent_channels, 2 * config.latent_channels, 1)
        if config.frozen:
            self.requires_grad_(False)

    def moments(self, image: Tensor) -> Tensor:
        """Return posterior mean and log variance, (B, 2 * latent_channels, H/8, W/8)."""
        moments: Tensor = self.quant_conv(self.encoder(image))
        return moments

    def forward(self, image: Tensor) -> Tensor:
        """Return the latent (B, latent_channels, H/8, W/8) of an RGB image in [-1, 1]."""
        return self.moments(image)[:, : self.latent_channels]
