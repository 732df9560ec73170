# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from torch import Tensor

from checkpoints.synthetic import key_lists, published_state
from diffperc_ros.checkpoints.account import CheckpointError
from diffperc_ros.checkpoints.identify import convert_as, describe, identify, layout_of
from diffperc_ros.checkpoints.layout import LAYOUTS
from diffperc_ros.checkpoints.published import published_checkpoint, published_checkpoints
from diffperc_ros.networks.metaprompts_configuration import MetaPromptsSegmentationConfig

LISTS = key_lists()


def longer_sentences() -> dict[str, Tensor]:
    """The RefCOCOg file: 37 more tokens, hence channels, where the maps enter."""
    state = LISTS['vpd_referring'].state()
    for name in ('classifier.conv1_4.weight', 'classifier.conv1_3.weight'):
        width, channels, *kernel = state[name].shape
        state[name] = torch.empty(width, channels + 37, *kernel, device='meta')
    return state


@pytest.mark.parametrize(
    ('state', 'name'),
    [
        (LISTS['vpd_depth'].state(), 'vpd-depth-nyu'),
        (LISTS['vpd_segmentation'].state(), 'vpd-segmentation-ade20k'),
        (longer_sentences(), 'vpd-referring-gref'),
        (LISTS['metaprompts_segmentation_ade'].state(), 'metaprompts-segmentation-ade20k'),
        (
            LISTS['metaprompts_segmentation_cityscapes'].state(),
            'metaprompts-segmentation-cityscapes',
        ),
        (
            LISTS['metaprompts_segmentation_cityscapes_extra'].state(),
            'metaprompts-segmentation-cityscapes',
        ),
    ],
)
def test_keys_and_shapes_say_what_it_is(state: dict[str, Tensor], name: str) -> None:
    assert identify(state).name == name


@pytest.mark.parametrize(
    ('listed', 'names'),
    [
        ('vpd_referring', r'vpd-referring-refcoco and vpd-referring-refcoco\+'),
        ('metaprompts_depth', 'metaprompts-depth-kitti and metaprompts-depth-nyu'),
    ],
)
def test_files_that_differ_in_values_alone_are_asked_for(listed: str, names: str) -> None:
    with pytest.raises(CheckpointError, match=f'fit {names} alike; .*--as'):
        identify(LISTS[listed].state())


@pytest.mark.parametrize(
    ('listed', 'name'),
    [
        ('vpd_referring', 'vpd-referring-refcoco'),
        ('vpd_referring', 'vpd-referring-refcoco+'),
        ('metaprompts_depth', 'metaprompts-depth-nyu'),
        ('metaprompts_depth', 'metaprompts-depth-kitti'),
    ],
)
def test_a_name_decides(listed: str, name: str) -> None:
    convert_as(LISTS[listed].state(), published_checkpoint(name))


@pytest.mark.parametrize(('suffix', 'passes'), [('', 3), ('_extra', 1)])
def test_passes_are_counted_in_the_file(suffix: str, passes: int) -> None:
    state = LISTS[f'metaprompts_segmentation_cityscapes{suffix}'].state()
    config, _ = convert_as(state, published_checkpoint('metaprompts-segmentation-cityscapes'))
    assert isinstance(config, MetaPromptsSegmentationConfig)
    assert config.backbone.steps == passes
    assert config.classes == 19


@pytest.mark.parametrize(
    ('listed', 'name', 'message'),
    [
        ('metaprompts_depth', 'vpd-depth-nyu', 'not vpd-depth-nyu: it looks like MetaPrompts d'),
        ('vpd_depth', 'vpd-segmentation-ade20k', 'it looks like VPD depth'),
        ('vpd_depth', 'vpd-depth-nyu-openmmlab', 'it looks like VPD depth'),
        (
            'metaprompts_segmentation_ade',
            'metaprompts-segmentation-cityscapes',
            r'conv_seg.* shape \(150.*needs \(19.*; it fits metaprompts-segmentation-ade20k',
        ),
        ('vpd_referring', 'vpd-referring-gref', r'it fits vpd-referring-refcoco, vpd-ref.*\+'),
    ],
)
def test_the_wrong_name_is_told_apart(listed: str, name: str, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        convert_as(LISTS[listed].state(), published_checkpoint(name))


@pytest.mark.parametrize('mark', ['encoder.layer1.0.bias', *LAYOUTS['vpd_depth'].marks])
def test_without_a_name_the_account_says_what_is_missing(mark: str) -> None:
    state = LISTS['vpd_depth'].state()
    del state[mark]
    with pytest.raises(CheckpointError, match=rf'vpd-depth-nyu, .*1 \({mark}\) missing'):
        identify(state)


@pytest.mark.parametrize(
    ('keys', 'words'),
    [
        (['model.diffusion_model.input_blocks.0.0.weight'], 'Stable Diffusion, which'),
        (['down_blocks.0.resnets.0.conv1.weight', 'conv_in.weight'], "diffusers' U-Net"),
        (['encoder.conv_in.weight', 'quant_conv.weight'], 'autoencoder'),
        (['text_model.embeddings.token_embedding.weight'], 'text encoder'),
        (['backbone.unet.conv_in.weight'], 'imported already'),
        (['a', 'b', 'c', 'd'], r'4 \(a, b, c and 1 more\)'),
    ],
)
def test_other_weights_are_described(keys: list[str], words: str) -> None:
    state = {key: torch.zeros(1) for key in keys}
    assert words.replace('\\', '') in describe(state)
    with pytest.raises(CheckpointError, match='no published checkpoint'):
        identify(state)


def test_every_layout_is_told_from_every_other() -> None:
    marks = [mark for layout in LAYOUTS.values() for mark in layout.marks]
    assert len(set(marks)) == len(marks)
    for name in LAYOUTS:
        others = set(marks) - set(LAYOUTS[name].marks)
        assert layout_of(published_state(name)) == name
        assert not others & published_state(name).keys()
    assert {c.layout for c in published_checkpoints().values()} == LAYOUTS.keys()
