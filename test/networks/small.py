# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The smallest networks that still have every part."""

from __future__ import annotations

import torch
from torch import nn

from diffperc_ros.networks.configuration import (
    AutoencoderKLConfig,
    BackboneConfig,
    ClassPromptConfig,
    EfficientNetLiteConfig,
    ReferringHeadConfig,
    SemanticFPNHeadConfig,
    SentencePromptConfig,
    UNetConfig,
    VPDDepthConfig,
    VPDDepthHeadConfig,
    VPDReferringConfig,
    VPDSegmentationConfig,
)

ENCODERS = {
    'autoencoder_kl': AutoencoderKLConfig(
        block_out_channels=(8, 8, 16, 16), layers_per_block=1, latent_channels=4, norm_num_groups=4
    ),
    'efficientnet_lite': EfficientNetLiteConfig(latent_channels=4),
}


def small_config(encoder: str = 'autoencoder_kl') -> VPDDepthConfig:
    return VPDDepthConfig(
        backbone=BackboneConfig(
            encoder=ENCODERS[encoder],
            unet=UNetConfig(
                in_channels=4,
                block_out_channels=(8, 16, 24, 24),
                layers_per_block=1,
                attention_heads=2,
                cross_attention_dim=6,
                norm_num_groups=4,
            ),
            taps=(1, 1, 1, 1),
        ),
        prompt=ClassPromptConfig(classes=5, adapter_scale=0.1),
        head=VPDDepthHeadConfig(
            aggregated_channels=16,
            norm_num_groups=4,
            deconvolution_channels=(8, 8, 8),
            decoder_channels=8,
        ),
    )


def small_segmentation_config() -> VPDSegmentationConfig:
    return VPDSegmentationConfig(
        backbone=small_config().backbone,
        prompt=ClassPromptConfig(classes=5, adapter_scale=0.1),
        head=SemanticFPNHeadConfig(pyramid_channels=8, channels=8),
    )


def small_referring_config() -> VPDReferringConfig:
    return VPDReferringConfig(
        backbone=small_config().backbone,
        prompt=SentencePromptConfig(tokens=7, adapter_scale=0.1),
        head=ReferringHeadConfig(channels=8),
    )


def randomise(network: nn.Module, seed: int = 0) -> nn.Module:
    """Give a network weights under which every layer matters, in evaluation mode."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in network.parameters():
        if parameter.ndim > 1:
            fan_in = parameter[0].numel()
            parameter.data.normal_(std=fan_in**-0.5, generator=generator)
        else:
            parameter.data.add_(torch.empty_like(parameter).normal_(std=0.1, generator=generator))
    return network.eval()
