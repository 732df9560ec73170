# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Backbones whose time step, latent scale and, where it is fixed, context are in the weights."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from diffperc_ros.export.reductions.fixed_context import fix_context
from diffperc_ros.export.reductions.latent import fold_latent
from diffperc_ros.export.reductions.single_token import fold_single_token
from diffperc_ros.export.reductions.time_embedding import fold_time_embedding
from diffperc_ros.export.reductions.unused_parts import (
    drop_output_layers,
    drop_units_behind_the_finest_tap,
)
from diffperc_ros.networks.attention_maps import KeepAttentionMap
from diffperc_ros.networks.backbone import DiffusionBackbone
from diffperc_ros.networks.refinement import RefiningBackbone
from diffperc_ros.networks.unet import UNet, denoise, embed_timestep, extract_features

# What a reduced U-Net is told where a time embedding or a context was taken.
_NOTHING: Any = None


class ReducedBackbone(nn.Module):
    """One pass or several, each with a U-Net that knows its time step.

    The U-Nets of several passes share every weight that does not differ.

    Attributes
    ----------
    encoder : image to scaled latent.
    unets : one per pass.
    """

    def __init__(self, encoder: nn.Module, unets: Sequence[UNet], taps: Sequence[int]) -> None:
        super().__init__()
        self.encoder = encoder
        self.unets = nn.ModuleList(unets)
        self.taps = tuple(taps)

    def forward(self, image: Tensor, context: Any = None) -> tuple[Tensor, ...]:
        """Return the last pass's feature maps, finest first.

        Parameters
        ----------
        image : RGB (1, 3, H, W) in [-1, 1].
        context : what the reductions left: (1, N, dim), a row int64 (1,), or what is not looked
            at where the context is fixed.
        """
        first, *others = self.unets
        told = context if isinstance(context, Tensor) else _NOTHING
        features = extract_features(first, self.encoder(image), _NOTHING, told, self.taps)
        before = first
        for unet in others:
            latent = denoise(before, features[0])
            features = extract_features(unet, latent, _NOTHING, _NOTHING, self.taps)
            before = unet
        return features


def reduce_backbone(backbone: DiffusionBackbone, contexts: Tensor | None) -> ReducedBackbone:
    """Return the same backbone with all that is constant in its weights; it takes it over.

    Parameters
    ----------
    backbone : of one pass.
    contexts : (prompts, tokens, dim) where they are known: of several prompts, each one token; of
        one, any number. The result then takes the prompt's row, or None. None leaves the context
        an input.
    """
    unet = backbone.unet
    embedding = embed_timestep(unet, backbone.timestep, like=next(unet.parameters()))
    _reduce_unet(unet, embedding.detach(), contexts, backbone.taps)
    encoder = fold_latent(backbone.encoder, backbone.latent_scale)
    return ReducedBackbone(encoder, [unet], backbone.taps)


def reduce_refining_backbone(
    backbone: RefiningBackbone, prompts: Sequence[Tensor]
) -> ReducedBackbone:
    """Return the same backbone with all that is constant in its weights; it takes it over.

    Parameters
    ----------
    backbone : of one or more passes.
    prompts : for each pass (tokens, dim).
    """
    shared = {id(tensor): tensor for tensor in backbone.unet.parameters()}
    unets = [copy.deepcopy(backbone.unet, dict(shared)) for _ in prompts]
    for unet, vector, tokens in zip(unets, backbone.time_vectors, prompts, strict=True):
        _reduce_unet(unet, vector.detach(), tokens[None], backbone.taps, last=unet is unets[-1])
    encoder = fold_latent(backbone.encoder, backbone.latent_scale)
    return ReducedBackbone(encoder, unets, backbone.taps)


def _keeps_attention_maps(unet: UNet) -> bool:
    """Say whether somebody looks at the weights of this U-Net's cross-attentions."""
    return any(isinstance(kind, KeepAttentionMap) for kind in unet.attn_processors.values())


def _reduce_unet(
    unet: UNet,
    embedding: Tensor,
    contexts: Tensor | None,
    taps: Sequence[int],
    *,
    last: bool = True,
) -> None:
    fold_time_embedding(unet, embedding)
    if contexts is not None and contexts.shape[1] == 1 and not _keeps_attention_maps(unet):
        fold_single_token(unet, contexts)
    elif contexts is not None:
        fix_context(unet, contexts)
    if last:
        drop_output_layers(unet)
        drop_units_behind_the_finest_tap(unet, taps[0])
