# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.configuration import (
    UNetConfig,
    VPDReferringConfig,
    VPDSegmentationConfig,
)
from diffperc_ros.networks.factory import build, load
from diffperc_ros.networks.padding import pad_to_grid
from diffperc_ros.networks.serialization import from_dict, to_dict
from diffperc_ros.networks.vpd import VPDReferring, VPDSegmentation
from networks.small import randomise, small_referring_config, small_segmentation_config

SIZES = [(64, 64), (120, 160), (160, 120), (33, 65), (1, 1), (96, 352), (205, 37)]
CONFIGS = [small_segmentation_config(), small_referring_config()]


def segmentation() -> nn.Module:
    return randomise(VPDSegmentation(small_segmentation_config()))


def referring() -> nn.Module:
    return randomise(VPDReferring(small_referring_config()))


@torch.no_grad()
@pytest.mark.parametrize('size', SIZES)
def test_any_size_gives_its_own_size_back(size: tuple[int, int]) -> None:
    image, sentence = torch.rand(2, 3, *size), torch.rand(2, 7, 6)
    classes = segmentation()(image)
    assert classes.shape == (2, 5, *size)
    masks = referring()(image, sentence)
    assert masks.shape == (2, 2, *size)
    assert classes.isfinite().all()
    assert masks.isfinite().all()


@torch.no_grad()
def test_padding_is_mid_grey() -> None:
    model, image = segmentation(), torch.rand(1, 3, 100, 128)
    grey = (pad_to_grid(2 * image - 1) + 1) / 2
    torch.testing.assert_close(model(image), model(grey)[..., :100, :], atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_the_sentence_matters() -> None:
    model, image = referring(), torch.rand(1, 3, 64, 64)
    first, second = (model(image, torch.full((1, 7, 6), value)) for value in (0.0, 1.0))
    assert not torch.allclose(first, second)


def test_another_length_of_sentence_is_refused() -> None:
    with pytest.raises(SettingError, match=r'9 tokens but prompt\.tokens is 7'):
        referring()(torch.rand(1, 3, 64, 64), torch.rand(1, 9, 6))


@pytest.mark.parametrize('config', CONFIGS)
def test_settings_and_weights_come_back(
    config: VPDSegmentationConfig | VPDReferringConfig, tmp_path: Path
) -> None:
    assert from_dict(to_dict(config)) == config
    assert from_dict({'method': config.method}) == type(config)()
    network = randomise(build(config))
    save_file(network.state_dict(), tmp_path / 'weights.safetensors')
    again = load(config, tmp_path / 'weights.safetensors')
    for name, value in network.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name


@pytest.mark.parametrize('levels', [(1, 1), (3,), (4,), (-1,)])
def test_levels_without_attention_are_refused(levels: tuple[int, ...]) -> None:
    with pytest.raises(SettingError, match='attention_map_levels'):
        VPDSegmentationConfig(attention_map_levels=levels)
    assert not UNetConfig().attention_levels[3]


def test_published_widths() -> None:
    with torch.device('meta'):
        segmenter = VPDSegmentation(VPDSegmentationConfig())
        referrer = VPDReferring(VPDReferringConfig())
        assert segmenter(torch.rand(1, 3, 512, 512)).shape == (1, 150, 512, 512)
    widths = [lateral.in_channels for lateral in segmenter.head.pyramid.laterals]
    assert widths == [320, 790, 1430, 1280]
    assert referrer.head.stages[0][0].conv.in_channels == 1280 + 1280 + 40


@pytest.mark.parametrize('half_precision', [False, True])
@pytest.mark.parametrize('config', CONFIGS)
def test_everything_that_should_learns(
    config: VPDSegmentationConfig | VPDReferringConfig, half_precision: bool
) -> None:
    network = randomise(build(config)).train()
    inputs = [torch.rand(2, 3, 64, 128)]
    if isinstance(config, VPDReferringConfig):
        inputs.append(torch.rand(2, 7, 6))
    with torch.autocast('cpu', torch.bfloat16, enabled=half_precision):
        logits = network(*inputs)
    assert logits.dtype == torch.float32
    logits.square().mean().backward()
    missing = {n for n, p in network.named_parameters() if p.requires_grad and p.grad is None}
    assert not missing
    assert all(p.grad.isfinite().all() for p in network.parameters() if p.requires_grad)
