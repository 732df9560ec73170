# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel

from diffperc_ros.networks.configuration import UNetConfig
from diffperc_ros.networks.unet import build_unet, denoise, embed_timestep, extract_features
from networks.small import randomise

CONFIG = UNetConfig(
    block_out_channels=(8, 16, 24, 24),
    attention_heads=2,
    cross_attention_dim=6,
    norm_num_groups=4,
)
LATENT = torch.randn(2, 4, 8, 16, generator=torch.Generator().manual_seed(1))
CONTEXT = torch.randn(2, 3, 6, generator=torch.Generator().manual_seed(2))


@torch.no_grad()
def test_the_walk_is_diffusers_own_forward() -> None:
    whole: Any = UNet2DConditionModel(
        block_out_channels=CONFIG.block_out_channels,
        attention_head_dim=CONFIG.attention_heads,
        cross_attention_dim=CONFIG.cross_attention_dim,
        norm_num_groups=CONFIG.norm_num_groups,
    )
    randomise(whole)
    unet = build_unet(CONFIG)
    unet.load_state_dict(
        {
            k: v
            for k, v in whole.state_dict().items()
            if not k.startswith(('conv_norm_out', 'conv_out'))
        }
    )
    expected: list[torch.Tensor] = []
    whole.conv_norm_out.register_forward_pre_hook(
        lambda _module, inputs: expected.append(inputs[0])
    )
    whole(LATENT, 1, CONTEXT)

    features = extract_features(
        unet, LATENT, embed_timestep(unet, 1, LATENT), CONTEXT, taps=(2, 1, 1, 1)
    )
    torch.testing.assert_close(features[0], expected[0], atol=1e-5, rtol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize('taps', [(2, 1, 1, 1), (0, 2, 1, 0)])
def test_features_are_taken_after_the_configured_units(taps: tuple[int, ...]) -> None:
    unet = build_unet(CONFIG)
    randomise(unet)
    expected: dict[int, torch.Tensor] = {}
    for level, tap in enumerate(taps):
        block = unet.up_blocks[len(taps) - 1 - level]
        unit = getattr(block, 'attentions', block.resnets)[tap]
        unit.register_forward_hook(
            lambda _module, _inputs, output, level=level: expected.update(
                {level: output[0] if isinstance(output, tuple) else output}
            )
        )
    features = extract_features(unet, LATENT, embed_timestep(unet, 1, LATENT), CONTEXT, taps)
    for level, feature in enumerate(features):
        assert torch.equal(feature, expected[level])
        assert feature.shape == (2, CONFIG.block_out_channels[level], 8 >> level, 16 >> level)


@torch.no_grad()
def test_timestep_and_context_matter() -> None:
    unet = build_unet(CONFIG)
    randomise(unet)

    def finest(timestep: int, context: torch.Tensor) -> torch.Tensor:
        embedding = embed_timestep(unet, timestep, LATENT)
        return extract_features(unet, LATENT, embedding, context, (2, 1, 1, 1))[0]

    assert not torch.allclose(finest(1, CONTEXT), finest(0, CONTEXT))
    assert not torch.allclose(finest(1, CONTEXT), finest(1, CONTEXT + 1))


@torch.no_grad()
def test_odd_latents_come_out_on_the_next_grid() -> None:
    unet = build_unet(CONFIG)
    latent = torch.randn(2, 4, 7, 9)
    embedding = embed_timestep(unet, 1, latent)
    features = extract_features(unet, latent, embedding, CONTEXT, (2, 1, 1, 1))
    assert [tuple(feature.shape[-2:]) for feature in features] == [(8, 16), (4, 8), (2, 4), (1, 2)]


@torch.no_grad()
def test_the_output_layers_are_diffusers_own() -> None:
    unet = build_unet(CONFIG, denoises=True)
    randomise(unet)
    embedding = embed_timestep(unet, 1, LATENT)
    finest = extract_features(unet, LATENT, embedding, CONTEXT, (2, 1, 1, 1))[0]
    expected = unet(LATENT, 1, CONTEXT, return_dict=False)[0]
    torch.testing.assert_close(denoise(unet, finest), expected, atol=1e-5, rtol=1e-5)
