# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from torch import Tensor

from diffperc_ros.networks.configuration import VPDDepthConfig
from diffperc_ros.networks.padding import pad_to_grid
from diffperc_ros.networks.vpd import VPDDepth
from networks.small import randomise, small_config


def network() -> VPDDepth:
    return VPDDepth(small_config())


@torch.no_grad()
@pytest.mark.parametrize(
    'size', [(64, 64), (128, 64), (120, 160), (160, 120), (33, 65), (1, 1), (63, 129), (96, 352)]
)
def test_any_size_gives_its_own_size_back(size: tuple[int, int]) -> None:
    depth = randomise(network())(torch.rand(2, 3, *size))
    assert depth.shape == (2, 1, *size)
    assert depth.dtype == torch.float32
    assert ((depth > 0) & (depth < 10)).all()


@torch.no_grad()
def test_whole_cells_of_padding_are_dropped_before_the_decoder() -> None:
    model = randomise(network())
    image = torch.rand(1, 3, 96, 160)
    seen: list[Tensor] = []
    model.head.decoder.register_forward_pre_hook(lambda _m, inputs: seen.append(inputs[0]))
    depth = model(image)
    assert seen[0].shape[-2:] == (3, 5)
    features = model.backbone(pad_to_grid(2 * image - 1), model.prompt(None, batch=1))
    expected = model.head.decode(model.head.aggregation(features)[..., :3, :5])
    torch.testing.assert_close(depth, expected)


@torch.no_grad()
def test_padding_is_mid_grey() -> None:
    model = randomise(network())
    image = torch.rand(1, 3, 100, 128)
    grey = torch.full((1, 3, 128, 128), 0.5)
    grey[..., :100, :] = image
    torch.testing.assert_close(model(image), model(grey)[..., :100, :])


@torch.no_grad()
def test_the_scene_class_matters() -> None:
    model = randomise(network())
    image = torch.rand(1, 3, 64, 64)
    kitchen, bedroom = (model(image, torch.tensor([row])) for row in (0, 1))
    assert not torch.allclose(kitchen, bedroom)


def test_a_new_network_answers_half_the_range() -> None:
    depth = network().eval()(torch.rand(1, 3, 64, 64))
    torch.testing.assert_close(depth, torch.full_like(depth, 5.0), atol=0.05, rtol=0)


def test_trains_under_bfloat16_and_channels_last(config: VPDDepthConfig) -> None:
    model = VPDDepth(config).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = [parameter.detach().clone() for parameter in model.head.parameters()]
    with torch.autocast('cpu', torch.bfloat16):
        depth = model(torch.rand(2, 3, 64, 96).contiguous(memory_format=torch.channels_last))
    assert depth.dtype == torch.float32
    (depth - 1).abs().mean().backward()
    optimizer.step()
    missing = {n for n, p in model.named_parameters() if p.requires_grad and p.grad is None}
    assert not missing
    assert all(torch.isfinite(parameter).all() for parameter in model.parameters())
    assert any(not torch.equal(a, b) for a, b in zip(before, model.head.parameters(), strict=True))


def test_full_width_takes_a_whole_camera_image() -> None:
    with torch.device('meta'):
        model = VPDDepth(VPDDepthConfig())
        depth = model(torch.rand(1, 3, 480, 640), torch.zeros(1, dtype=torch.int64))
    assert depth.shape == (1, 1, 480, 640)
    assert model.backbone.feature_channels == (320, 640, 1280, 1280)
