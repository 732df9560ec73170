# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.conditioning.meta_prompts import AdaptedPrompts, rearrange
from diffperc_ros.networks.metaprompts import MetaPromptsDepth
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsDepthConfig,
    MetaPromptsDepthHeadConfig,
    RefiningBackboneConfig,
)
from diffperc_ros.networks.refinement import RefiningBackbone
from diffperc_ros.networks.unet import denoise
from networks.small import randomise, small_config

SMALL = small_config().backbone
BACKBONE = RefiningBackboneConfig(encoder=SMALL.encoder, unet=SMALL.unet, taps=SMALL.taps, steps=2)
CONFIG = MetaPromptsDepthConfig(
    backbone=BACKBONE,
    prompts=5,
    head=MetaPromptsDepthHeadConfig(
        norm_num_groups=2,
        fusion_channels=4,
        deconvolution_channels=(4, 4, 4),
        decoder_channels=4,
    ),
)
IMAGE = torch.rand(2, 3, 64, 72, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def test_each_pass_sees_the_denoised_latent_of_the_pass_before() -> None:
    backbone = RefiningBackbone(BACKBONE)
    randomise(backbone)
    prompts = torch.randn(2, 5, 6)
    latents: list[Tensor] = []
    finest: list[Tensor] = []
    backbone.unet.conv_in.register_forward_pre_hook(lambda _m, inputs: latents.append(inputs[0]))
    last_unit = backbone.unet.up_blocks[-1].attentions[-1]
    last_unit.register_forward_hook(lambda _m, _i, output: finest.append(output[0]))
    image = 2 * IMAGE - 1
    features = backbone(image, prompts)
    assert torch.equal(latents[0], backbone.encoder(image))
    assert torch.equal(latents[1], denoise(backbone.unet, finest[0]))
    assert torch.equal(features[0], finest[1])
    assert len(latents) == 2


@torch.no_grad()
@pytest.mark.parametrize('step', [0, 1])
def test_time_vector_and_prompts_of_every_pass_matter(step: int) -> None:
    backbone = RefiningBackbone(BACKBONE)
    randomise(backbone)
    prompts = list(torch.randn(2, 5, 6))
    before = backbone(IMAGE, prompts)[0]
    prompts[step] = prompts[step] + 1
    assert not torch.allclose(backbone(IMAGE, prompts)[0], before)
    prompts[step] = prompts[step] - 1
    backbone.time_vectors[step].add_(1)
    assert not torch.allclose(backbone(IMAGE, prompts)[0], before)


def test_output_layers_are_there_only_to_refine() -> None:
    for steps, refines in ((1, False), (2, True)):
        names = RefiningBackbone(replace(BACKBONE, steps=steps)).state_dict()
        assert ('unet.conv_out.weight' in names) is refines
        assert not any('time_embedding' in name for name in names)


def test_every_pass_trains_everything_but_the_encoder() -> None:
    network = MetaPromptsDepth(CONFIG)
    randomise(network)
    network.train()(IMAGE).sum().backward()
    for name, parameter in network.named_parameters():
        assert (parameter.grad is not None) is not name.startswith('backbone.encoder.'), name


def test_no_step_at_all_is_refused() -> None:
    with pytest.raises(SettingError, match='steps is 0'):
        RefiningBackboneConfig(steps=0)
    with pytest.raises(SettingError, match='extra_cells is 0'):
        MetaPromptsDepthConfig(extra_cells=0)


def test_a_channel_is_a_pixels_likeness_to_a_prompt() -> None:
    features = torch.arange(6.0).reshape(1, 2, 1, 3)
    prompts = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, -2.0]])
    maps = rearrange(features, prompts)
    assert maps.tolist() == [[[[0, 1, 2]], [[3, 4, 5]], [[-6, -7, -8]]]]


def test_every_pass_has_prompts_and_an_adapter_of_its_own() -> None:
    prompts = AdaptedPrompts(2, 3, 4)
    first, second = prompts()
    assert first.shape == second.shape == (3, 4)
    torch.testing.assert_close(second, prompts.adapters[1](prompts.prompts[1]))
    assert not torch.allclose(first, prompts.adapters[1](prompts.prompts[0]))


@torch.no_grad()
@pytest.mark.parametrize('size', [(64, 64), (120, 160), (160, 120), (1, 1), (61, 67), (352, 96)])
def test_any_size_gives_its_own_size_back(size: tuple[int, int]) -> None:
    depth = randomise(MetaPromptsDepth(CONFIG))(torch.rand(1, 3, *size))
    assert depth.shape == (1, 1, *size)
    assert ((depth > 0) & (depth < 10)).all()


@torch.no_grad()
def test_padding_is_mid_grey_and_published_sizes_have_none() -> None:
    model = MetaPromptsDepth(CONFIG)
    randomise(model)
    image = torch.rand(1, 3, 61, 67)
    grey = torch.full((1, 3, 64, 72), 0.5)
    grey[..., :61, :67] = image
    torch.testing.assert_close(model(image), model(grey)[..., :61, :67])
    torch.testing.assert_close(model(grey), model.forward_as_published(grey))
    assert model.forward_as_published(image).shape == (1, 1, 56, 64)


@torch.no_grad()
@pytest.mark.parametrize(('extra_cells', 'side'), [(1, 128), (2, 192)])
def test_the_encoder_sees_the_published_size(extra_cells: int, side: int) -> None:
    model = MetaPromptsDepth(replace(CONFIG, extra_cells=extra_cells)).eval()
    seen: list[torch.Size] = []
    model.backbone.encoder.register_forward_pre_hook(
        lambda _module, inputs: seen.append(inputs[0].shape[-2:])
    )
    model(torch.rand(1, 3, 96, 72))
    assert seen == [(side, side)]


def test_a_new_network_answers_half_the_range() -> None:
    depth = MetaPromptsDepth(CONFIG).eval()(IMAGE)
    torch.testing.assert_close(depth, torch.full_like(depth, 5.0), atol=0.05, rtol=0)


def test_rearrangement_does_not_leave_the_range_of_half_precision_under_autocast() -> None:
    """The products of 768 channels sum to 90,000 in passing: too much for float16, not here."""
    features = torch.full((1, 768, 2, 2), 15.0)
    prompts = torch.full((3, 768), 15.0)
    features[:, 400:], prompts[:, 400:] = 15.0, -15.0
    with torch.autocast('cpu', dtype=torch.bfloat16):
        maps = rearrange(features, prompts)
    assert maps.dtype == features.dtype
    torch.testing.assert_close(maps, torch.full((1, 3, 2, 2), 225.0 * (400 - 368)), rtol=0, atol=0)
    half = rearrange(features.half(), prompts.half())
    assert half.dtype == torch.float16
    torch.testing.assert_close(half.float(), maps)
