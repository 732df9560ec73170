# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.factory import load, save
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsPoseConfig,
    MetaPromptsPoseHeadConfig,
    RefiningBackboneConfig,
)
from diffperc_ros.networks.metaprompts_pose import MetaPromptsPose
from networks.small import randomise, small_config

SMALL = small_config().backbone
CONFIG = MetaPromptsPoseConfig(
    backbone=RefiningBackboneConfig(
        encoder=SMALL.encoder, unet=SMALL.unet, taps=SMALL.taps, steps=2
    ),
    prompts=5,
    head=MetaPromptsPoseHeadConfig(
        norm_num_groups=2, fusion_channels=4, deconvolution_channels=(8,), decoder_channels=8
    ),
)
SIZES = [(256, 192), (120, 160), (160, 120), (1, 1), (61, 67)]


def network(config: MetaPromptsPoseConfig = CONFIG) -> MetaPromptsPose:
    model = MetaPromptsPose(config)
    randomise(model)
    return model


@torch.no_grad()
@pytest.mark.parametrize('size', SIZES)
def test_any_size_gives_maps_of_a_quarter_of_it(size: tuple[int, int]) -> None:
    heat = network()(torch.rand(2, 3, *size))
    assert heat.shape == (2, 17, -(-size[0] // 4), -(-size[1] // 4))
    assert heat.isfinite().all()


@torch.no_grad()
def test_a_full_hd_picture() -> None:
    # Without the attention at 1/8 of the image, which has 32,640 tokens.
    unet = replace(SMALL.unet, attention_levels=(False, True, True, False))
    config = replace(CONFIG, backbone=replace(CONFIG.backbone, unet=unet, steps=1))
    assert network(config)(torch.rand(1, 3, 1080, 1920)).shape == (1, 17, 270, 480)


@torch.no_grad()
@pytest.mark.parametrize(('doublings', 'stride'), [(1, 4), (2, 2), (3, 1)])
def test_every_transposed_convolution_halves_the_stride(doublings: int, stride: int) -> None:
    head = replace(CONFIG.head, deconvolution_channels=(8,) * doublings)
    model = network(replace(CONFIG, head=head))
    assert model.stride == stride
    assert model(torch.rand(1, 3, 64, 128)).shape[-2:] == (64 // stride, 128 // stride)


@pytest.mark.parametrize('widths', [(), (8, 8, 8, 8)])
def test_another_number_of_them_is_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(SettingError, match='deconvolution_channels'):
        MetaPromptsPoseHeadConfig(deconvolution_channels=widths)


@torch.no_grad()
def test_padding_is_mid_grey() -> None:
    model, image = network(), torch.rand(1, 3, 60, 100)
    grey = torch.full((1, 3, 64, 128), 0.5)
    grey[..., :60, :100] = image
    torch.testing.assert_close(model(image), model(grey)[..., :15, :25])


def test_everything_but_the_encoder_learns() -> None:
    model = network().train()
    model(torch.rand(2, 3, 64, 128)).square().mean().backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is not None) is not name.startswith('backbone.encoder.'), name


def test_weights_come_back(tmp_path: Path) -> None:
    model, image = network(), torch.rand(1, 3, 64, 64)
    save(model, tmp_path / 'weights.safetensors')
    with torch.no_grad():
        assert torch.equal(load(CONFIG, tmp_path / 'weights.safetensors')(image), model(image))


def test_full_width() -> None:
    with torch.device('meta'), torch.no_grad():
        model = MetaPromptsPose(MetaPromptsPoseConfig()).eval()
        assert model(torch.rand(2, 3, 256, 192)).shape == (2, 17, 64, 48)
    counts = [(p.numel(), p.requires_grad) for p in model.parameters()]
    assert sum(count for count, _ in counts) == 923_971_173
    assert sum(count for count, trains in counts if trains) == 889_807_509
