# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch

from diffperc_ros.networks.heads.upernet import UPerNetHead
from diffperc_ros.networks.metaprompts import MetaPromptsSegmentation
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsSegmentationConfig,
    RefiningBackboneConfig,
    UPerNetHeadConfig,
)
from networks.small import randomise, small_config

SMALL = small_config().backbone
CONFIG = MetaPromptsSegmentationConfig(
    backbone=RefiningBackboneConfig(
        encoder=SMALL.encoder, unet=SMALL.unet, taps=SMALL.taps, steps=2
    ),
    prompts=5,
    classes=3,
    norm_num_groups=2,
    head=UPerNetHeadConfig(channels=4),
)


def network() -> MetaPromptsSegmentation:
    model = MetaPromptsSegmentation(CONFIG)
    randomise(model)
    return model


@torch.no_grad()
@pytest.mark.parametrize('size', [(64, 64), (120, 160), (160, 120), (1, 1), (61, 67), (96, 352)])
def test_any_size_gives_its_own_size_back(size: tuple[int, int]) -> None:
    logits = network()(torch.rand(1, 3, *size))
    assert logits.shape == (1, 3, *size)
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()


@torch.no_grad()
def test_padding_is_mid_grey_and_published_sizes_have_none() -> None:
    model = network()
    image = torch.rand(1, 3, 61, 100)
    grey = torch.full((1, 3, 64, 128), 0.5)
    grey[..., :61, :100] = image
    torch.testing.assert_close(model(image), model(grey)[..., :61, :100])
    torch.testing.assert_close(model(grey), model.forward_as_published(grey))
    assert model.forward_as_published(image).shape == (1, 3, 61, 100)


def test_training_gives_both_heads_and_reaches_every_parameter() -> None:
    model = network()
    image = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(model.forward_training(image)[0], model(image))
    # A map of one cell gives attention's queries and keys no gradient but a zero.
    logits, auxiliary = model.train().forward_training(image)
    assert logits.shape == auxiliary.shape == (2, 3, 64, 64)
    (logits.sum() + auxiliary.sum()).backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is not None) is not name.startswith('backbone.encoder.'), name


@torch.no_grad()
def test_all_passes_share_their_prompts() -> None:
    model = network()
    seen: list[torch.Tensor] = []
    attention = model.backbone.unet.down_blocks[0].attentions[0].transformer_blocks[0].attn2
    attention.to_k.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    model(torch.rand(2, 3, 64, 64))
    assert len(seen) == 2
    for context in seen:
        assert torch.equal(context, model.prompts.expand(2, -1, -1))


@torch.no_grad()
@pytest.mark.parametrize('level', range(4))
def test_every_scale_reaches_the_answer(level: int) -> None:
    head = UPerNetHead(UPerNetHeadConfig(channels=4), in_channels=2, classes=3)
    randomise(head)
    maps = [torch.rand(1, 2, 16 >> i, 16 >> i) for i in range(4)]
    before = head(maps)
    assert before.shape == (1, 3, 16, 16)
    maps[level] = maps[level] + 1
    assert not torch.allclose(head(maps), before)
