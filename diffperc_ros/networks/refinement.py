# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""image -> latent -> U-Net, several times -> features (MetaPrompts' recurrent refinement)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from diffperc_ros.networks.encoders.build import build_encoder
from diffperc_ros.networks.metaprompts_configuration import RefiningBackboneConfig
from diffperc_ros.networks.unet import build_unet, denoise, extract_features


class RefiningBackbone(nn.Module):
    """One U-Net that looks at its own output: each pass's denoised latent is the next one's input.

    There is no diffusion arithmetic between the passes, and gradients flow through all of them
    (MetaPrompts' published code). Each pass is told a learned vector in place of an embedded
    timestep, so the U-Net's own time embedding is never built; with a single pass neither are
    its output layers.

    Attributes
    ----------
    encoder
        Image to latent.
    unet
        diffusers' U-Net.
    time_vectors
        One (1, 4 * block_out_channels[0]) vector per pass, standard normal at first.
    feature_channels
        Widths of the feature maps, finest first.
    """

    def __init__(self, config: RefiningBackboneConfig) -> None:
        super().__init__()
        self.encoder = build_encoder(config.encoder)
        self.unet = build_unet(config.unet, denoises=config.steps > 1)
        del self.unet.time_embedding
        self.feature_channels = config.unet.block_out_channels
        self.time_vectors = nn.ParameterList(
            torch.randn(1, 4 * self.feature_channels[0]) for _ in range(config.steps)
        )
        self.taps = config.taps
        self.latent_scale = config.latent_scale

    def forward(self, image: Tensor, prompts: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return the last pass's feature maps, at 1/8 to 1/64 of the image, finest first.

        Parameters
        ----------
        image
            RGB (B, 3, H, W) in [-1, 1]. Where H or W is no multiple of 64, the maps have the
            sizes that follow from rounding the latent up to the U-Net's grid.
        prompts
            For each pass, tokens (N, cross_attention_dim) for every image alike.
        """
        latent = self.encoder(image) * self.latent_scale
        features: tuple[Tensor, ...] = ()
        for time_vector, tokens in zip(self.time_vectors, prompts, strict=True):
            if features:
                latent = denoise(self.unet, features[0])
            context = tokens.expand(len(image), -1, -1)
            features = extract_features(self.unet, latent, time_vector, context, self.taps)
        return features
