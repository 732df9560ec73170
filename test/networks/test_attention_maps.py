# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import torch
from diffusers.models.attention_processor import Attention, AttnProcessor2_0
from torch import Tensor

from diffperc_ros.networks.attention_maps import (
    AttentionMaps,
    KeepAttentionMap,
    channels_with_maps,
)
from diffperc_ros.networks.configuration import UNetConfig
from diffperc_ros.networks.unet import build_unet, embed_timestep, extract_features
from networks.small import randomise

CONFIG = UNetConfig(
    block_out_channels=(8, 16, 24, 24),
    attention_heads=2,
    cross_attention_dim=6,
    norm_num_groups=4,
)
LATENT = torch.randn(2, 4, 8, 16, generator=torch.Generator().manual_seed(1))
CONTEXT = torch.randn(2, 3, 6, generator=torch.Generator().manual_seed(2))


def unet() -> Any:
    return randomise(build_unet(CONFIG))


def run(network: Any, context: Tensor = CONTEXT) -> tuple[Tensor, ...]:
    embedding = embed_timestep(network, 1, LATENT)
    return extract_features(network, LATENT, embedding, context, (2, 1, 1, 1))


@torch.no_grad()
def test_features_are_those_of_fused_attention() -> None:
    plain = unet()
    kept = deepcopy(plain)
    AttentionMaps(kept, (1, 2))
    for expected, feature in zip(run(plain), run(kept), strict=True):
        torch.testing.assert_close(feature, expected, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_maps_stand_behind_their_level_with_its_true_size() -> None:
    network = unet()
    maps = AttentionMaps(network, (1, 2))
    features = run(network)
    extended = maps.append_to(features)
    widths = channels_with_maps(CONFIG.block_out_channels, 3, (1, 2))
    assert widths == (8, 19, 27, 24)
    for level, (feature, result) in enumerate(zip(features, extended, strict=True)):
        assert result.shape == (2, widths[level], 8 >> level, 16 >> level)
        assert torch.equal(result[:, : feature.shape[1]], feature)
    for level in (1, 2):
        shares = extended[level][:, -3:]
        assert ((shares >= 0) & (shares <= 1)).all()
        torch.testing.assert_close(shares.sum(1), torch.ones_like(shares[:, 0]))
        assert shares.std() > 0.01


@torch.no_grad()
def test_a_map_follows_its_place_in_the_image() -> None:
    network = unet()
    maps = AttentionMaps(network, (1,))
    layers: list[Tensor] = []
    for block in (network.down_blocks[1], network.up_blocks[2]):
        for transformer in block.attentions:
            transformer.transformer_blocks[0].attn2.register_forward_hook(
                lambda module, _inputs, _output: layers.append(module.processor.attention_map)
            )
    shares = maps.append_to(run(network))[1][:, -3:]
    assert len(layers) == 5
    mean = sum(layers) / 5
    for row, column in ((0, 0), (1, 5), (3, 7)):
        torch.testing.assert_close(shares[:, :, row, column], mean[:, row * 8 + column])


@torch.no_grad()
def test_a_map_is_the_mean_of_its_heads() -> None:
    torch.manual_seed(0)
    attention = Attention(query_dim=8, cross_attention_dim=6, heads=2, dim_head=4)
    keep = KeepAttentionMap()
    attention.set_processor(keep)
    seen, context = torch.randn(1, 5, 8), torch.randn(1, 3, 6)
    attention(seen, context)
    queries = attention.to_q(seen).reshape(5, 2, 4)
    keys = attention.to_k(context).reshape(3, 2, 4)
    heads = [
        (queries[:, head] @ keys[:, head].T / 2).softmax(dim=-1)  # the root of 4 channels is 2
        for head in range(2)
    ]
    assert keep.attention_map is not None
    torch.testing.assert_close(keep.attention_map[0], (heads[0] + heads[1]) / 2)


def test_only_what_is_needed_is_made_explicit() -> None:
    network = unet()
    AttentionMaps(network, (1,))
    explicit = [
        name
        for name, processor in network.attn_processors.items()
        if isinstance(processor, KeepAttentionMap)
    ]
    assert len(explicit) == 5
    assert all('.attn2.' in name for name in explicit)
    assert {name.split('.attentions')[0] for name in explicit} == {'down_blocks.1', 'up_blocks.2'}
    others = [p for p in network.attn_processors.values() if not isinstance(p, KeepAttentionMap)]
    assert all(isinstance(processor, AttnProcessor2_0) for processor in others)


@pytest.mark.parametrize('level', [1, 2])
def test_no_gradient_flows_through_maps_and_none_are_held(level: int) -> None:
    network = unet()
    maps = AttentionMaps(network, (level,))
    context = CONTEXT.clone().requires_grad_()
    extended = maps.append_to(run(network, context))
    shares = extended[level][:, -3:].sum()
    (gradient,) = torch.autograd.grad(shares, context, retain_graph=True, allow_unused=True)
    assert gradient is None or not gradient.any()
    (gradient,) = torch.autograd.grad(extended[level].sum(), context)
    assert gradient.any()
    held = [p for p in network.attn_processors.values() if isinstance(p, KeepAttentionMap)]
    assert all(processor.attention_map is None for processor in held)


@torch.no_grad()
def test_a_copy_has_maps_of_its_own() -> None:
    network = unet()
    pair = {'unet': network, 'maps': AttentionMaps(network, (1,))}
    copy = deepcopy(pair)
    copy['maps'].append_to(run(copy['unet']))
    held = [p for p in network.attn_processors.values() if isinstance(p, KeepAttentionMap)]
    assert all(processor.attention_map is None for processor in held)
