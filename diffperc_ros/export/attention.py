# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Attention whose softmax is computed in float32 between products in half precision."""

from __future__ import annotations

from diffusers.models.attention_processor import Attention, AttnProcessor2_0
from torch import Tensor

from diffperc_ros.networks.attention_maps import KeepAttentionMap
from diffperc_ros.networks.unet import UNet


class Float32Softmax:
    """diffusers' attention of a transformer block, written as product, softmax, product."""

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
    ) -> Tensor:
        """Attend from (B, queries, channels) to a context (B, tokens, dim), or to itself."""
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query, key, value = (
            layer(tokens).unflatten(2, (attn.heads, -1)).transpose(1, 2)
            for layer, tokens in (
                (attn.to_q, hidden_states),
                (attn.to_k, context),
                (attn.to_v, context),
            )
        )
        # Scaled before the product, whose sums could leave the range of half precision.
        scores = (query * attn.scale) @ key.transpose(2, 3)
        weights = scores.float().softmax(dim=-1).to(value.dtype)
        hidden: Tensor = (weights @ value).transpose(1, 2).flatten(2)
        for layer in attn.to_out:
            hidden = layer(hidden)
        return hidden


def compute_softmax_in_float32(unet: UNet) -> None:
    """Give every attention of a U-Net a float32 softmax; changes it in place."""
    for module in unet.modules():
        if not isinstance(module, Attention):
            continue
        if isinstance(module.processor, KeepAttentionMap):
            module.upcast_softmax = True
        elif isinstance(module.processor, AttnProcessor2_0):
            module.set_processor(Float32Softmax())  # type: ignore[arg-type]
        else:
            raise TypeError(f'no rule for {type(module.processor).__name__}')
