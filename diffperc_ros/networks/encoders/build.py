# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The one place that knows every encoder."""

from __future__ import annotations

from torch import nn

from diffperc_ros.networks.configuration import AutoencoderKLConfig, EfficientNetLiteConfig
from diffperc_ros.networks.encoders.autoencoder_kl import AutoencoderKLEncoder
from diffperc_ros.networks.encoders.efficientnet_lite import EfficientNetLiteEncoder


def build_encoder(config: AutoencoderKLConfig | EfficientNetLiteConfig) -> nn.Module:
    """Return the encoder a configuration describes.

    Every encoder maps an RGB image (B, 3, H, W) in [-1, 1], H and W multiples of 64, to a latent
    (B, config.latent_channels, H/8, W/8).
    """
    if isinstance(config, AutoencoderKLConfig):
        return AutoencoderKLEncoder(config)
    return EfficientNetLiteEncoder(config)
