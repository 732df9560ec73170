# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD's published segmentation loss, gradients, rates and parameter groups."""

from __future__ import annotations

import pytest
import torch

from diffperc_ros.checkpoints.naming import known_unused, published_names
from diffperc_ros.evaluation.metrics.segmentation import confusion_matrix, segmentation_metrics
from diffperc_ros.networks.configuration import VPDSegmentationConfig
from diffperc_ros.networks.vpd import VPDSegmentation
from diffperc_ros.training.losses.published import segmentation_loss
from diffperc_ros.training.parameter_groups import vpd_segmentation_groups
from diffperc_ros.training.schedules import vpd_segmentation_learning_rate
from parity.gradients import assert_gradients_equal
from parity.reference import Reference


@pytest.mark.parametrize('mode', ['eval', 'train'])
def test_loss_and_every_gradient(
    mode: str, vpd_semseg: Reference, vpd_semseg_network: VPDSegmentation
) -> None:
    expected = vpd_semseg.json('loss')[mode]
    settings = vpd_semseg.section('stages')
    network = vpd_semseg_network.train(mode == 'train')
    # The reference held dropout still in both modes.
    network.head.dropout.eval()
    image = vpd_semseg.image(settings['image_key'], settings['image_shape'])
    label = vpd_semseg.arrays('loss_grads')['label'][:, 0]

    logits = network(image)
    loss = segmentation_loss(logits, torch.from_numpy(label).long())
    loss.backward()

    assert loss.item() == pytest.approx(expected['loss'], rel=1e-5)
    confusion = confusion_matrix(
        logits.detach().argmax(1).numpy(), label, network.config.prompt.classes
    )
    accuracy = 100 * segmentation_metrics(confusion).pixel_accuracy
    assert accuracy == pytest.approx(expected['acc_seg'], abs=0.05)
    names = published_names(network.config, network.state_dict())
    unused = [name for name in known_unused(network.config) if name in expected['grad_norm']]
    assert_gradients_equal(network, mode, vpd_semseg, names, unused)


def test_learning_rate_of_every_step(vpd_semseg: Reference) -> None:
    schedule = vpd_semseg.json('schedule')
    for step, rate in schedule['iter_lr']:
        assert vpd_segmentation_learning_rate(
            step, steps=schedule['max_iters'], max_rate=schedule['base_lr']
        ) == pytest.approx(rate, rel=1e-9), step


def test_parameter_groups(vpd_semseg: Reference) -> None:
    expected = vpd_semseg.json('param_groups')
    config = VPDSegmentationConfig()
    with torch.device('meta'):
        network = VPDSegmentation(config)
    names = published_names(config, dict(network.named_parameters()))
    unused = set(known_unused(config))
    groups = vpd_segmentation_groups(network)
    ours = {
        (group.rate_factor, group.weight_decay): {names[name] for name in group.parameters}
        for group in groups
    }
    theirs = {
        (group['lr_factor'], group['weight_decay']): set(group['names']) - unused
        for group in expected['groups']
    }
    assert ours == theirs
    assert len(ours) == len(groups)

    frozen = {names[n] for n, p in network.named_parameters() if not p.requires_grad}
    listed = set(expected['frozen_requires_grad_false']['names'])
    assert frozen == listed - unused
    optimizer = torch.optim.AdamW([group.for_optimizer(expected['base_lr']) for group in groups])
    rates = {(g['rate_factor'], g['weight_decay']): g['lr'] for g in optimizer.param_groups}
    for group in expected['groups']:
        assert rates[group['lr_factor'], group['weight_decay']] == pytest.approx(
            group['initial_lr']
        )
    assert optimizer.defaults['betas'] == tuple(expected['betas'])
    assert optimizer.defaults['eps'] == expected['eps']
