# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every network answers for the pixels of the image it was given, whatever their number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from diffperc_ros.networks.factory import build
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsDepthConfig,
    MetaPromptsDepthHeadConfig,
    MetaPromptsSegmentationConfig,
    RefiningBackboneConfig,
    UPerNetHeadConfig,
)
from diffperc_ros.networks.methods import NetworkConfig
from diffperc_ros.networks.padding import GRID
from networks.small import (
    randomise,
    small_config,
    small_referring_config,
    small_segmentation_config,
)
from networks.small_iedp import small_iedp_depth_config, small_iedp_segmentation_config

SIZES = [(160, 120), (120, 160), (1920, 1080), (333, 47), (65, 63), (1, 1)]


def _refining() -> RefiningBackboneConfig:
    backbone = small_config().backbone
    return RefiningBackboneConfig(
        encoder=backbone.encoder, unet=backbone.unet, taps=backbone.taps, steps=2
    )


def _light(config: NetworkConfig) -> NetworkConfig:
    """Spare the attention at 1/8 of the image, which at 1920x1080 has 32,640 tokens."""
    backbone = config.backbone
    unet = replace(backbone.unet, attention_levels=(False, True, True, False))
    return replace(config, backbone=replace(backbone, unet=unet))


NETWORKS: dict[str, Callable[[], NetworkConfig]] = {
    'vpd_depth': small_config,
    'vpd_depth_efficientnet': lambda: small_config('efficientnet_lite'),
    'vpd_segmentation': small_segmentation_config,
    'vpd_referring': small_referring_config,
    'metaprompts_depth': lambda: MetaPromptsDepthConfig(
        backbone=_refining(), prompts=5,
        head=MetaPromptsDepthHeadConfig(
            norm_num_groups=2, fusion_channels=4, deconvolution_channels=(4, 4, 4),
            decoder_channels=4,
        ),
    ),
    'metaprompts_segmentation': lambda: MetaPromptsSegmentationConfig(
        backbone=_refining(), prompts=5, classes=4, norm_num_groups=2,
        head=UPerNetHeadConfig(channels=8),
    ),
    'iedp_depth': small_iedp_depth_config,
    'iedp_segmentation': small_iedp_segmentation_config,
}  # fmt: skip


@pytest.fixture(scope='module', params=sorted(NETWORKS))
def network(request: pytest.FixtureRequest) -> nn.Module:
    torch.manual_seed(0)
    return randomise(build(_light(NETWORKS[request.param]())))


def answer(network: nn.Module, image: Tensor) -> Tensor:
    inputs = [image]
    if hasattr(network, 'prompt') and 'sentence' in network.forward.__annotations__:
        inputs.append(torch.linspace(-1, 1, 42).reshape(1, 7, 6))
    with torch.inference_mode():
        result: Tensor = network(*inputs)
    return result


@pytest.mark.parametrize(('width', 'height'), SIZES)
def test_the_answer_has_the_size_of_the_image(network: nn.Module, width: int, height: int) -> None:
    image = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(width))
    result = answer(network, image)
    assert result.shape[-2:] == (height, width)
    assert torch.isfinite(result).all()


@pytest.mark.parametrize(('width', 'height'), [(100, 70), (70, 100), (129, 191)])
def test_padding_is_nothing_but_mid_grey_that_is_cut_away(
    network: nn.Module, width: int, height: int
) -> None:
    """An image padded by hand gives, on its own pixels, the answer of the image."""
    if type(network).__name__ in {'VPDDepth', 'IEDPDepth'}:
        # Their decoder does not see cells that hold padding alone: take sizes that leave none.
        width, height = 32 * (width // 64) * 2 - 3, 32 * (height // 64) * 2 - 5
    image = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(1))
    grid = 8 if type(network).__name__ == 'MetaPromptsDepth' else GRID
    padded = functional.pad(image, (0, -width % grid, 0, -height % grid), value=0.5)
    torch.testing.assert_close(
        answer(network, image), answer(network, padded)[..., :height, :width]
    )


def test_left_and_right_are_not_swapped(network: nn.Module) -> None:
    """A spot changes the answer most near itself, in both directions, on an odd size."""
    height, width = 191, 321
    image = torch.full((1, 3, height, width), 0.5)
    for y, x in ((40, 280), (150, 60)):
        marked = image.clone()
        marked[..., y - 20 : y + 20, x - 20 : x + 20] = 1.0
        change = (answer(network, marked) - answer(network, image)).abs().sum(1)[0]
        near = change[y - 32 : y + 32, x - 32 : x + 32].mean()
        assert near > change.mean()
