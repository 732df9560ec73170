# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""MetaPrompts' published segmentation losses, gradients, rates, groups and keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch

from diffperc_ros.checkpoints.naming import (
    convert_published,
    known_unused,
    published_names,
    tied_copies,
)
from diffperc_ros.networks.metaprompts import MetaPromptsSegmentation
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsSegmentationConfig,
    RefiningBackboneConfig,
)
from diffperc_ros.training.losses.lovasz import lovasz_softmax_loss
from diffperc_ros.training.losses.published import segmentation_loss
from diffperc_ros.training.parameter_groups import vpd_segmentation_groups
from diffperc_ros.training.schedules import vpd_segmentation_learning_rate
from parity.metaprompts_reference import (
    Setting,
    assert_gradients_equal,
    assert_statistics_moved,
    image_tensor,
)
from parity.metaprompts_semseg import (
    pytest_generate_tests,
    segmentation_config,
    segmentation_network,
)
from parity.reference import Reference

__all__ = ['pytest_generate_tests']

AUXILIARY_WEIGHT = 0.4
OFFICIAL = {
    'ade': MetaPromptsSegmentationConfig(),
    'cityscapes': MetaPromptsSegmentationConfig(classes=19),
    'cityscapes_extra': MetaPromptsSegmentationConfig(
        classes=19, backbone=RefiningBackboneConfig(steps=1)
    ),
}


def test_losses_and_every_gradient(setting: Setting) -> None:
    arrays = setting.files.arrays(setting.name)
    expected = setting.files.json(f'{setting.name}_training')
    network = segmentation_network(setting).train()
    labels = torch.from_numpy(arrays['train_label']).long()

    logits, auxiliary = network.forward_training(image_tensor(arrays['train_image_u8']))
    losses = {
        'decode.loss_ce': segmentation_loss(logits, labels),
        'decode.loss_lovasz': lovasz_softmax_loss(logits, labels),
        'aux.loss_ce_aux': AUXILIARY_WEIGHT * segmentation_loss(auxiliary, labels),
    }
    total = torch.stack(list(losses.values())).sum()
    total.backward()

    for name, loss in losses.items():
        assert loss.item() == pytest.approx(expected['losses'][name], rel=1e-5), name
    assert total.item() == pytest.approx(expected['total'], rel=1e-5)
    labelled = labels != 255
    for name, answer in (('decode', logits), ('aux', auxiliary)):
        right = (answer.argmax(dim=1) == labels)[labelled].double().mean().item()
        assert 100 * right == pytest.approx(expected['losses'][f'{name}.acc_seg'], abs=0.02)
    names = published_names(network.config, network.state_dict())
    copies = tied_copies(network.config)
    assert_gradients_equal(network, names, expected['grad_norms_l2'], copies, share=1e-2)
    assert_statistics_moved(network, names, expected['batchnorm_after_one_forward'])


def test_learning_rate_of_every_step(folder: Reference) -> None:
    for step, rate in folder.json('schedule')['iter_lr']:
        assert vpd_segmentation_learning_rate(step) == pytest.approx(rate, rel=1e-9), step


@pytest.mark.parametrize('name', sorted(OFFICIAL))
def test_parameter_groups(name: str, folder: Reference) -> None:
    expected = folder.json('param_groups')[name]
    config = OFFICIAL[name]
    with torch.device('meta'):
        network = MetaPromptsSegmentation(config)
    names = published_names(config, dict(network.named_parameters()))
    copies, unused = tied_copies(config), set(known_unused(config))
    ours = {
        (group.rate_factor, group.weight_decay): {names[own] for own in group.parameters}
        for group in vpd_segmentation_groups(network)
    }
    # The published optimizer also holds parameters that no gradient ever reaches.
    theirs = {
        (group['lr_scale'], group['weight_decay']): {
            copies.get(own, own) for own in group['names'] if own not in unused
        }
        for group in expected['groups']
        if group['state'] == 'trained'
    }
    assert ours == theirs


def assert_fits(
    config: MetaPromptsSegmentationConfig, shapes: Mapping[str, Any], aliases: Mapping[str, str]
) -> None:
    assert tied_copies(config) == aliases
    with torch.device('meta'):
        published = {name: torch.empty(shape) for name, shape in shapes.items()}
    converted = convert_published(published, config)
    assert set(converted.copies) == aliases.keys()
    assert set(converted.unused) == set(known_unused(config))


def test_reduced_checkpoint(setting: Setting) -> None:
    keys = setting.files.json('keys')[setting.name]
    assert_fits(segmentation_config(setting), keys['shapes'], keys['aliases'])


@pytest.mark.parametrize('name', sorted(OFFICIAL))
def test_official_checkpoint(name: str, folder: Reference) -> None:
    keys = folder.json('full_keys')[name]
    assert_fits(OFFICIAL[name], keys['keys'], keys['alias_of'])
