# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from checkpoints.synthetic import SMALL, key_lists, published_state
from diffperc_ros.checkpoints.account import CheckpointError, check_tied_copies
from diffperc_ros.checkpoints.layout import LAYOUTS
from diffperc_ros.checkpoints.naming import (
    convert_published,
    known_unused,
    published_names,
    tied_copies,
)
from diffperc_ros.networks.configuration import (
    SentencePromptConfig,
    VPDDepthConfig,
    VPDReferringConfig,
    VPDSegmentationConfig,
)
from diffperc_ros.networks.factory import build
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsDepthConfig,
    MetaPromptsSegmentationConfig,
    RefiningBackboneConfig,
)
from diffperc_ros.networks.methods import NetworkConfig

FULL: dict[str, NetworkConfig] = {
    'vpd_depth': VPDDepthConfig(),
    'vpd_segmentation': VPDSegmentationConfig(),
    'vpd_referring': VPDReferringConfig(),
    'metaprompts_depth': MetaPromptsDepthConfig(),
    'metaprompts_segmentation_ade': MetaPromptsSegmentationConfig(),
    'metaprompts_segmentation_cityscapes': MetaPromptsSegmentationConfig(classes=19),
    'metaprompts_segmentation_cityscapes_extra': MetaPromptsSegmentationConfig(
        RefiningBackboneConfig(steps=1), classes=19
    ),
}
MIDDLE = 'encoder.encoder_vq.encoder.mid.attn_1.q.weight'


@pytest.mark.parametrize('name', key_lists())
def test_every_official_key_is_accounted_for(name: str) -> None:
    official, config = key_lists()[name], FULL[name]
    converted = convert_published(official.state(), config)
    accounted = [*converted.used, *converted.unused, *converted.copies]
    assert sorted(accounted) == sorted(official.shapes)
    assert set(converted.unused) == set(known_unused(config))
    assert tied_copies(config) == official.copies
    with torch.device('meta'):
        build(config).load_state_dict(converted.state, assign=True)


def test_longer_sentences_have_other_shapes() -> None:
    config = VPDReferringConfig(prompt=SentencePromptConfig(tokens=77))
    with pytest.raises(CheckpointError, match=r'classifier\.conv1_\d\.weight has shape'):
        convert_published(key_lists()['vpd_referring'].state(), config)


@pytest.mark.parametrize('layout', LAYOUTS)
def test_every_key_of_every_layout_is_accounted_for(layout: str) -> None:
    config, published = SMALL[layout], published_state(layout)
    converted = convert_published(published, config, LAYOUTS[layout])
    accounted = [*converted.used, *converted.unused, *converted.copies]
    assert sorted(accounted) == sorted(published)
    network = build(config)
    network.load_state_dict(converted.state)
    for ours, tensor in converted.state.items():
        assert tensor.data_ptr() == published[_published(config, ours, layout)].data_ptr()
    check_tied_copies(published, tied_copies(config, LAYOUTS[layout]))


def _published(config: NetworkConfig, ours: str, layout: str) -> str:
    return published_names(config, [ours], LAYOUTS[layout])[ours]


@pytest.mark.parametrize('layout', LAYOUTS)
def test_no_two_tensors_share_a_published_name(layout: str) -> None:
    config = SMALL[layout]
    with torch.device('meta'):
        names = published_names(config, build(config).state_dict(), LAYOUTS[layout])
    copies = tied_copies(config, LAYOUTS[layout])
    published = [*names.values(), *known_unused(config, LAYOUTS[layout]), *copies]
    assert len(set(published)) == len(published)
    assert set(copies.values()) <= set(names.values())


def test_output_layers_are_copied_for_each_pass_that_is_fed() -> None:
    original = 'encoder.unet.unet.diffusion_model.out.2.bias'
    copies = tied_copies(MetaPromptsDepthConfig())
    assert copies['encoder.cross_unet_conv2.2.bias'] == original
    assert copies['encoder.cross_unet_conv3.2.bias'] == original
    assert len(copies) == 8
    single = replace(MetaPromptsDepthConfig(), backbone=RefiningBackboneConfig(steps=1))
    assert tied_copies(single) == {}
    assert original in known_unused(single)


def test_a_copy_that_differs_is_named() -> None:
    config, published = SMALL['metaprompts_depth'], published_state('metaprompts_depth')
    copy = 'encoder.cross_unet_conv3.0.weight'
    published[copy] = published[copy] + 1
    with pytest.raises(CheckpointError, match=r'cross_unet_conv3\.0\.weight differs from .*out'):
        check_tied_copies(published, tied_copies(config))


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'encoder.gamma': None}, r'1 \(encoder\.gamma\) missing, no key unknown'),
        (
            {'encoder.unet.unet.diffusion_model.out.2.bias': torch.zeros(4)},
            r'no key missing, 1 \(.*out\.2\.bias\) unknown',
        ),
        ({'encoder.gamma': torch.zeros(7)}, r'encoder\.gamma has shape \(7,\).*needs \(6,\)'),
        ({'encoder.unet.x': torch.zeros(1), 'gamma': torch.zeros(1)}, r'2 \(.*\) unknown'),
        ({MIDDLE: torch.zeros(16, 16, 3, 3)}, r'mid\.attn_1\.q\.weight has shape \(16, 16, 3, 3'),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Tensor | None], message: str) -> None:
    changed = published_state('vpd_depth') | change
    with pytest.raises(CheckpointError, match=message):
        convert_published(
            {name: value for name, value in changed.items() if value is not None},
            SMALL['vpd_depth'],
        )
