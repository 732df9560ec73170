# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every tensor of MetaPrompts' published depth forward, and its test protocols."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from diffperc_ros.networks.metaprompts import MetaPromptsDepth
from diffperc_ros.networks.protocol import (
    predict_with_flip_and_windows,
    whole_step_offsets,
    window_offsets,
)
from parity.metaprompts_depth import depth_network, pytest_generate_tests
from parity.metaprompts_reference import (
    Setting,
    assert_forward_equal,
    image_tensor,
    record,
    record_passes,
)

__all__ = ['pytest_generate_tests']


@pytest.fixture
def network(setting: Setting) -> MetaPromptsDepth:
    return depth_network(setting, setting.files.config['scales'])


@torch.no_grad()
def test_every_stage_is_the_published_one(setting: Setting, network: MetaPromptsDepth) -> None:
    arrays = setting.files.arrays(setting.name)
    image = image_tensor(arrays['image_u8'])
    backbone: Any = network.backbone
    fusion, head = network.fusion, network.head
    passes = record_passes(backbone, network.prompts(), 'win0')
    modules = {
        'win0_moments': backbone.encoder.quant_conv,
        'win0_latents': backbone.encoder,
        'win0_layer1': fusion.layer1,
        **{f'win0_layer{i + 2}': layer for i, layer in enumerate(fusion.coarser)},
        'win0_out_layer': fusion,
        'win0_depth_logits': head.last_layer,
        'win0_depth': head,
    }
    calls = record(modules.values())
    (maps,) = record([head], inputs=True)
    depth = network(image[..., : image.shape[-2]])

    ours = passes() | {name: call[0] for name, call in zip(modules, calls, strict=True)}
    ours['win0_rearranged'] = np.einsum(
        'bchw,nc->bnhw', ours['win0_out_layer'], network.prompts()[-1].numpy()
    )
    ours['win0_rearranged_resized'] = maps[0]
    assert_forward_equal(ours, {n: a for n, a in arrays.items() if n.startswith('win0_')})
    np.testing.assert_array_equal(depth.numpy(), ours['win0_depth'])


@torch.no_grad()
def test_flip_and_windows_is_the_published_protocol(
    setting: Setting, network: MetaPromptsDepth
) -> None:
    arrays = setting.files.arrays(setting.name)
    image = image_tensor(arrays['image_u8'])
    height, width = image.shape[-2:]
    windows = setting.words['shift_size']
    answers: list[Tensor] = []

    def predict(images: Tensor) -> Tensor:
        answers.append(network(images))
        return answers[-1]

    depth = predict_with_flip_and_windows(predict, image, windows, whole_step_offsets)
    cover = np.zeros(width, np.int32)
    for left in whole_step_offsets(height, width, windows):
        cover[left : left + height] += 1
    ours = {
        'protocol_depth': depth[0, 0].numpy(),
        'protocol_model_out': answers[0].numpy(),
        'protocol_cover': cover,
    }
    assert_forward_equal(ours, {n: a for n, a in arrays.items() if n.startswith('protocol_')})

    # A robot needs every column: the evenly spread windows leave none out.
    assert window_offsets(height, width, windows)[-1] == width - height


@torch.no_grad()
def test_other_sizes_come_out_as_published(setting: Setting, network: MetaPromptsDepth) -> None:
    arrays = setting.files.arrays(setting.name)
    image = image_tensor(arrays['odd_image_u8'])
    ours = {'odd_depth': network.forward_as_published(image).numpy()}
    assert_forward_equal(ours, {'odd_depth': arrays['odd_depth']})
    assert network(image).shape[-2:] == image.shape[-2:]
