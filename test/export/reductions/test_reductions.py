# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Each reduction alone: no more than rounding away from float64, and really gone."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from support.networks import TINY
from torch import Tensor, nn

from diffperc_ros.export.reductions.fixed_context import Fixed, fix_context
from diffperc_ros.export.reductions.latent import fold_latent
from diffperc_ros.export.reductions.single_token import PromptVector, fold_single_token
from diffperc_ros.export.reductions.time_embedding import fold_time_embedding
from diffperc_ros.export.reductions.unused_parts import (
    drop_output_layers,
    drop_units_behind_the_finest_tap,
)
from diffperc_ros.networks.configuration import EfficientNetLiteConfig, EncoderConfig
from diffperc_ros.networks.encoders.build import build_encoder
from diffperc_ros.networks.unet import build_unet, embed_timestep, extract_features

CONFIG = TINY.backbone.unet
TAPS = TINY.backbone.taps
CROSS_LAYERS = 7
"""Blocks that look at the context: one a unit at two levels, two on the way up, one between."""


@pytest.fixture
def unet() -> Any:
    torch.manual_seed(0)
    return build_unet(CONFIG, denoises=True).eval().requires_grad_(False)


@pytest.fixture
def latent() -> Tensor:
    return torch.randn(1, 4, 8, 16, generator=torch.Generator().manual_seed(1))


def contexts(*shape: int) -> Tensor:
    return torch.randn(*shape, 8, generator=torch.Generator().manual_seed(2))


def features(unet: Any, latent: Tensor, time: Tensor | None, context: Any, **kind: Any) -> Tensor:
    """Return all features of a pass in one vector."""
    moved = [
        item if item is None or not item.is_floating_point() else item.to(**kind)
        for item in (latent, time, context)
    ]
    with torch.no_grad():
        maps = extract_features(copy.deepcopy(unet).to(**kind), *moved, TAPS)  # type: ignore[arg-type]
    return torch.cat([feature.flatten() for feature in maps])


def rounding(plain: Tensor, exact: Tensor) -> float:
    return float((plain.double() - exact).abs().max())


def assert_only_rounding(reduced: Tensor, plain: Tensor, exact: Tensor) -> None:
    """The reduced answer is as near to float64 as the plain float32 one, within a factor."""
    assert exact.std() > 0.1
    assert rounding(reduced, exact) <= 4 * rounding(plain, exact)


def count(module: nn.Module, kind: type) -> int:
    return sum(isinstance(part, kind) for part in module.modules())


def parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize('row', [0, 2])
def test_attention_to_one_token_is_a_vector(unet: Any, latent: Tensor, row: int) -> None:
    table = contexts(3, 1)
    time = embed_timestep(unet, 1, like=latent)
    plain = features(unet, latent, time, table[row : row + 1])
    exact = features(unet, latent, time, table[row : row + 1], dtype=torch.float64)
    before = parameters(unet)
    fold_single_token(unet, table)
    assert_only_rounding(features(unet, latent, time, torch.tensor([row])), plain, exact)
    assert count(unet, PromptVector) == CROSS_LAYERS
    # Query, key, value, output with its bias, and the norm; 16 channels, context of 8.
    assert before - parameters(unet) == CROSS_LAYERS * (2 * 16 * 16 + 2 * 16 * 8 + 16 + 2 * 16)


def test_one_prompt_alone_needs_no_row(unet: Any, latent: Tensor) -> None:
    time = embed_timestep(unet, 1, like=latent)
    plain = features(unet, latent, time, contexts(1, 1))
    fold_single_token(unet, contexts(1, 1))
    torch.testing.assert_close(features(unet, latent, time, None), plain)


def test_keys_and_values_of_a_fixed_context_are_constants(unet: Any, latent: Tensor) -> None:
    context = contexts(1, 5)
    time = embed_timestep(unet, 1, like=latent)
    plain = features(unet, latent, time, context)
    exact = features(unet, latent, time, context, dtype=torch.float64)
    before = parameters(unet)
    fix_context(unet, context)
    assert_only_rounding(features(unet, latent, time, None), plain, exact)
    assert count(unet, Fixed) == 2 * CROSS_LAYERS
    assert before - parameters(unet) == CROSS_LAYERS * 2 * 16 * 8


def test_the_time_embedding_is_in_the_biases(unet: Any, latent: Tensor) -> None:
    context = contexts(1, 5)
    time = embed_timestep(unet, 1, like=latent)
    plain = features(unet, latent, time, context)
    exact = features(unet, latent, time, context, dtype=torch.float64)
    fold_time_embedding(unet, time)
    assert_only_rounding(features(unet, latent, None, context), plain, exact)
    assert not [name for name, _ in unet.named_parameters() if 'time' in name]


def test_folding_leaves_a_unet_that_shares_the_weights_alone(unet: Any, latent: Tensor) -> None:
    time = torch.randn(1, 64, generator=torch.Generator().manual_seed(3))
    plain = features(unet, latent, time, contexts(1, 5))
    shared = {id(tensor): tensor for tensor in unet.parameters()}
    other = copy.deepcopy(unet, shared)
    fold_time_embedding(other, time)
    fix_context(other, contexts(1, 5))
    torch.testing.assert_close(features(unet, latent, time, contexts(1, 5)), plain)
    torch.testing.assert_close(features(other, latent, None, None), plain)
    assert other.conv_in.weight is unet.conv_in.weight


@pytest.mark.parametrize(
    'config',
    [
        TINY.backbone.encoder,
        EfficientNetLiteConfig(latent_channels=4),
    ],
)
def test_the_latent_scale_is_in_the_last_layer(
    config: EncoderConfig,
) -> None:
    torch.manual_seed(0)
    encoder = build_encoder(config).eval()
    image = torch.rand(1, 3, 64, 128) * 2 - 1
    with torch.no_grad():
        plain = encoder(image) * 0.18215
        exact = copy.deepcopy(encoder).double()(image.double()) * 0.18215
        before = parameters(encoder)
        folded = fold_latent(encoder, 0.18215)
        found = folded(image)
    assert rounding(found, exact) <= 4 * rounding(plain, exact)
    assert float(exact.std()) > 1e-3
    if config.kind == 'autoencoder_kl':
        # The log variance's half of the last 3x3 convolution, and all of the 1x1 behind it.
        assert before - parameters(folded) == 4 * (8 * 9 + 1) + 8 * 8 + 8
        assert not [name for name, _ in folded.named_parameters() if 'quant' in name]


def test_an_encoder_without_a_rule_is_named() -> None:
    with pytest.raises(TypeError, match='Linear'):
        fold_latent(nn.Linear(1, 1), 1.0)


def test_unused_layers_go_and_the_features_stay(unet: Any, latent: Tensor) -> None:
    time, context = embed_timestep(unet, 1, like=latent), contexts(1, 5)
    taps = (0, 1, 1, 1)

    def run() -> tuple[Tensor, ...]:
        with torch.no_grad():
            return extract_features(unet, latent, time, context, taps)

    plain = run()
    drop_output_layers(unet)
    drop_units_behind_the_finest_tap(unet, taps[0])
    assert len(unet.up_blocks[-1].resnets) == 1
    assert not hasattr(unet, 'conv_out')
    for found, expected in zip(run(), plain, strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=0)
