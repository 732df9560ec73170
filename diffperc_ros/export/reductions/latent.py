# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Everything linear between the encoder's last layer and the latent is one layer."""

from __future__ import annotations

import torch
from torch import nn

from diffperc_ros.export.reductions.precision import in_double
from diffperc_ros.networks.encoders.autoencoder_kl import AutoencoderKLEncoder
from diffperc_ros.networks.encoders.efficientnet_lite import EfficientNetLiteEncoder


def fold_latent(encoder: nn.Module, scale: float) -> nn.Module:
    """Return an encoder whose answer is the scaled latent; it takes the given one over.

    Of Stable Diffusion's encoder the log variance, which nobody asks for, goes, and the 1x1
    convolution behind it.

    Parameters
    ----------
    encoder : one of `networks.encoders`.
    scale : factor on its latent.

    Raises
    ------
    TypeError : an encoder that this does not know.
    """
    if isinstance(encoder, AutoencoderKLEncoder):
        return _mean_only(encoder, scale)
    if isinstance(encoder, EfficientNetLiteEncoder):
        return _scaled(encoder, scale)
    raise TypeError(f'no rule for the latent of {type(encoder).__name__}')


@torch.no_grad()
def _mean_only(encoder: AutoencoderKLEncoder, scale: float) -> nn.Module:
    last, mixing, channels = encoder.encoder.conv_out, encoder.quant_conv, encoder.latent_channels
    matrix = scale * mixing.weight.double()[:channels, :, 0, 0]
    weight = torch.einsum('om,mikl->oikl', matrix, last.weight.double())
    bias = matrix @ in_double(last.bias) + scale * in_double(mixing.bias)[:channels]
    last.weight = nn.Parameter(weight.to(last.weight.dtype), requires_grad=False)
    last.bias = nn.Parameter(bias.to(last.weight.dtype), requires_grad=False)
    last.out_channels = channels
    inner: nn.Module = encoder.encoder
    return inner


@torch.no_grad()
def _scaled(encoder: EfficientNetLiteEncoder, scale: float) -> nn.Module:
    # The latent is a sum of projections.
    for projection in (encoder.quarter, *encoder.laterals):
        for parameter in projection.parameters():
            parameter.mul_(scale)
    return encoder
