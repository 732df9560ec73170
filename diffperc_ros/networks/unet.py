# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Stable Diffusion's U-Net as a feature extractor: diffusers' modules, tapped on the way up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import torch
from diffusers import UNet2DConditionModel
from torch import Tensor
from torch.nn import functional

from diffperc_ros.networks.configuration import UNetConfig

# diffusers' UNet2DConditionModel makes its submodules at run time, where no checker sees them.
UNet: TypeAlias = Any


def build_unet(config: UNetConfig, *, denoises: bool = False) -> UNet:
    """Return diffusers' U-Net, with the output layers that `denoise` needs only on demand."""
    unet: UNet = UNet2DConditionModel(  # type: ignore[no-untyped-call]
        in_channels=config.in_channels,
        block_out_channels=config.block_out_channels,
        layers_per_block=config.layers_per_block,
        down_block_types=tuple(
            'CrossAttnDownBlock2D' if attends else 'DownBlock2D'
            for attends in config.attention_levels
        ),
        up_block_types=tuple(
            'CrossAttnUpBlock2D' if attends else 'UpBlock2D'
            for attends in reversed(config.attention_levels)
        ),
        cross_attention_dim=config.cross_attention_dim,
        # diffusers reads this as the number of heads wherever heads are not given separately.
        attention_head_dim=config.attention_heads,
        norm_num_groups=config.norm_num_groups,
    )
    if not denoises:
        del unet.conv_norm_out, unet.conv_out
    return unet


def denoise(unet: UNet, finest: Tensor) -> Tensor:
    """Return the U-Net's own output (B, in_channels, h, w) of its finest features."""
    output: Tensor = unet.conv_out(unet.conv_act(unet.conv_norm_out(finest)))
    return output


def embed_timestep(unet: UNet, timestep: int, like: Tensor) -> Tensor:
    """Return the embedding (1, 4 * block_out_channels[0]) of one step, for every image alike."""
    steps = torch.full((1,), timestep, device=like.device)
    embedding: Tensor = unet.time_embedding(unet.time_proj(steps).to(like.dtype))
    return embedding


def extract_features(
    unet: UNet,
    latent: Tensor,
    time_embedding: Tensor,
    context: Tensor,
    taps: Sequence[int],
) -> tuple[Tensor, ...]:
    """Run the U-Net once and return one feature map per level, finest first.

    Parameters
    ----------
    unet
        As `build_unet` makes it.
    latent
        (B, in_channels, h, w). Where h or w is not a multiple of 2 ** (levels - 1), the features
        are those of the next multiple: skip connections are resized to the way up (the original
        latent-diffusion wrapper's rule; diffusers does the opposite).
    time_embedding
        (1 or B, 4 * block_out_channels[0]).
    context
        (B, tokens, cross_attention_dim).
    taps
        For each level, finest first, the index of the unit after which its features are taken.
        The units behind a tap still run, because the next finer level needs them. (VPD's
        reference code; a whole up-block's output is a different tensor.)
    """
    hidden = unet.conv_in(latent)
    skips = [hidden]
    for block in unet.down_blocks:
        hidden, outputs = (
            block(hidden, time_embedding, context)
            if getattr(block, 'has_cross_attention', False)
            else block(hidden, time_embedding)
        )
        skips.extend(outputs)
    hidden = unet.mid_block(hidden, time_embedding, context)

    features: list[Tensor] = []
    for block, tap in zip(unet.up_blocks, reversed(taps), strict=True):
        for unit, resnet in enumerate(block.resnets):
            skip = _resize_like(skips.pop(), hidden)
            hidden = resnet(torch.cat((hidden, skip), dim=1), time_embedding)
            if getattr(block, 'has_cross_attention', False):
                hidden = block.attentions[unit](hidden, context, return_dict=False)[0]
            if unit == tap:
                features.append(hidden)
        for upsampler in block.upsamplers or ():
            hidden = upsampler(hidden)
    return tuple(reversed(features))


def _resize_like(skip: Tensor, hidden: Tensor) -> Tensor:
    size = hidden.shape[-2:]
    if skip.shape[-2:] == size:
        return skip
    return functional.interpolate(skip, size=size, mode='bilinear', align_corners=False)
