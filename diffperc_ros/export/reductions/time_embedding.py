# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A diffusion step that never changes is part of the biases of the convolutions it goes to."""

from __future__ import annotations

import torch
from diffusers.models.resnet import ResnetBlock2D
from torch import Tensor, nn

from diffperc_ros.export.reductions.precision import in_double, linear_in_double
from diffperc_ros.networks.unet import UNet


@torch.no_grad()
def fold_time_embedding(unet: UNet, embedding: Tensor) -> None:
    """Add each residual block's projection of the embedding to the bias before it.

    The U-Net then takes None in the place of its time embedding. Biases are new tensors: another
    U-Net that shares this one's weights is not touched.

    Parameters
    ----------
    unet : changed in place.
    embedding : (1, 4 * block_out_channels[0]).
    """
    for block in unet.modules():
        if isinstance(block, ResnetBlock2D) and block.time_emb_proj is not None:
            shift = linear_in_double(block.time_emb_proj, block.nonlinearity(embedding.double()))
            bias = in_double(block.conv1.bias) + shift[0]
            block.conv1.bias = nn.Parameter(bias.to(embedding.dtype), requires_grad=False)
            block.time_emb_proj = None  # type: ignore[assignment]
    unet.time_proj = None
    unet.time_embedding = None
