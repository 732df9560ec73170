# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A context that never changes has keys and values that never change."""

from __future__ import annotations

import torch
from diffusers.models.attention import BasicTransformerBlock
from torch import Tensor, nn

from diffperc_ros.export.reductions.precision import linear_in_double
from diffperc_ros.networks.unet import UNet


class Fixed(nn.Module):
    """A layer's answer to the only input it ever gets, in the layer's place."""

    value: Tensor

    def __init__(self, value: Tensor) -> None:
        super().__init__()
        self.register_buffer('value', value)

    def forward(self, _input: Tensor | None = None) -> Tensor:
        """Return the value."""
        return self.value


def fix_context(unet: UNet, context: Tensor) -> None:
    """Replace the key and value projections of every cross-attention by their results.

    The U-Net then takes None in the place of its context.

    Parameters
    ----------
    unet : changed in place.
    context : (1, tokens, cross_attention_dim).
    """
    for block in unet.modules():
        if isinstance(block, BasicTransformerBlock) and block.attn2 is not None:
            for name in ('to_k', 'to_v'):
                setattr(block.attn2, name, _fixed(getattr(block.attn2, name), context))


@torch.no_grad()
def _fixed(layer: nn.Linear, context: Tensor) -> Fixed:
    return Fixed(linear_in_double(layer, context).to(context.dtype))
