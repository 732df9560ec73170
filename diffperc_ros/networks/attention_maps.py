# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Cross-attention maps: where in the image each token of the context is looked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from diffusers.models.attention_processor import Attention
from torch import Tensor

from diffperc_ros.networks.unet import UNet


class KeepAttentionMap:
    """diffusers' attention with an explicit softmax, whose mean over the heads is kept.

    Attributes
    ----------
    attention_map
        (B, queries, tokens) of the latest call, in [0, 1], each query's sum 1.
    """

    def __init__(self) -> None:
        self.attention_map: Tensor | None = None

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        attention_mask: Tensor | None = None,
    ) -> Tensor:
        """Attend from (B, queries, channels) to a context (B, tokens, dim)."""
        query = attn.head_to_batch_dim(attn.to_q(hidden_states))
        key = attn.head_to_batch_dim(attn.to_k(encoder_hidden_states))
        value = attn.head_to_batch_dim(attn.to_v(encoder_hidden_states))
        weights = attn.get_attention_scores(query, key, attention_mask)
        per_head = weights.reshape(-1, attn.heads, *weights.shape[1:])
        self.attention_map = per_head.mean(dim=1)
        hidden: Tensor = attn.batch_to_head_dim(torch.bmm(weights, value))
        for layer in attn.to_out:
            hidden = layer(hidden)
        return hidden


class AttentionMaps:
    """The maps of a U-Net's way down and way up, at some of its levels.

    The other layers, the middle of the U-Net and all self-attentions keep diffusers' fused
    attention.

    Parameters
    ----------
    unet
        As `build_unet` makes it; its cross-attentions at `levels` get another processor.
    levels
        0 is the finest level.
    """

    def __init__(self, unet: UNet, levels: Iterable[int]) -> None:
        self._processors: dict[int, list[KeepAttentionMap]] = {}
        for level in levels:
            layers = [
                block.attn2
                for half in (unet.down_blocks[level], unet.up_blocks[-1 - level])
                for transformer in half.attentions
                for block in transformer.transformer_blocks
            ]
            self._processors[level] = [KeepAttentionMap() for _ in layers]
            for layer, processor in zip(layers, self._processors[level], strict=True):
                layer.set_processor(processor)

    def take(self, features: Sequence[Tensor]) -> dict[int, Tensor]:
        """Return each level's maps of the latest pass, averaged over its layers.

        They are taken out, so that no memory is held between passes.

        Parameters
        ----------
        features
            (B, channels, h, w) per level, finest first, of the same pass; their sizes are the
            maps' sizes: level -> (B, tokens, h, w).
        """
        maps = {}
        for level, processors in self._processors.items():
            layers = [processor.attention_map for processor in processors]
            for processor in processors:
                processor.attention_map = None
            mean = torch.stack([layer for layer in layers if layer is not None]).mean(dim=0)
            size = features[level].shape[-2:]
            maps[level] = mean.transpose(1, 2).reshape(len(mean), -1, *size)
        return maps

    def append_to(self, features: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return the features with the maps of the same pass behind them."""
        return append_maps(features, self.take(features))


def append_maps(features: Sequence[Tensor], maps: Mapping[int, Tensor]) -> tuple[Tensor, ...]:
    """Concatenate each level's maps behind the level's feature.

    What reads them there teaches them nothing: in VPD's published code a checkpointed forward,
    run without autograd, makes the maps.

    Parameters
    ----------
    features
        (B, channels, h, w) per level, finest first.
    maps
        As `AttentionMaps.take` returns them.
    """
    extended = list(features)
    for level, tokens in maps.items():
        feature = features[level]
        extended[level] = torch.cat((feature, tokens.detach().to(feature.dtype)), dim=1)
    return tuple(extended)


def channels_with_maps(
    channels: Sequence[int], tokens: int, levels: Iterable[int]
) -> tuple[int, ...]:
    """Return the widths of feature maps once one map per token stands behind those at `levels`."""
    chosen = set(levels)
    return tuple(
        width + (tokens if level in chosen else 0) for level, width in enumerate(channels)
    )
