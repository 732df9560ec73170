# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD's published depth loss, gradients, rates and parameter groups."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from diffperc_ros.checkpoints.naming import known_unused, published_names
from diffperc_ros.networks.configuration import VPDDepthConfig
from diffperc_ros.networks.vpd import VPDDepth
from diffperc_ros.training.losses.published import silog_loss
from diffperc_ros.training.parameter_groups import vpd_depth_groups
from diffperc_ros.training.schedules import vpd_depth_learning_rate
from parity.gradients import assert_gradients_equal
from parity.reference import Reference, assert_statistics_equal


@pytest.mark.parametrize('mode', ['eval', 'train'])
def test_loss_and_every_gradient(
    mode: str, vpd_depth: Reference, vpd_depth_network: VPDDepth
) -> None:
    expected = vpd_depth.json('loss')[mode]
    settings = vpd_depth.section('stages')
    network = vpd_depth_network.train(mode == 'train')
    image = vpd_depth.image(settings['image_key'], settings['image_shape'])
    truth = vpd_depth.depth('loss.gt', (len(image), *image.shape[-2:]))
    truth[:, :5] = 0
    assert (truth > 0).sum() == expected['valid']

    depth = network(image, torch.tensor(settings['class_ids']))
    loss = silog_loss(depth[:, 0], torch.from_numpy(truth))
    loss.backward()

    assert_statistics_equal(depth.detach().numpy(), expected['pred'], atol=1e-3)
    assert loss.item() == pytest.approx(expected['loss'], rel=1e-5)
    assert_gradients_equal(
        network,
        mode,
        vpd_depth,
        published_names(network.config, network.state_dict()),
        known_unused(network.config),
    )


def test_hand_size_losses(vpd_depth: Reference) -> None:
    for case in vpd_depth.json('schedule')['silog_hand_cases']:
        loss = silog_loss(
            torch.tensor(case['pred']), torch.tensor(case['target']), case['lambda_']
        )
        assert loss.item() == pytest.approx(case['loss'], rel=1e-6)


def test_learning_rate_of_every_step(vpd_depth: Reference) -> None:
    schedule = vpd_depth.json('schedule')
    for step, rate in schedule['step_lr']:
        assert vpd_depth_learning_rate(
            step,
            steps_per_epoch=schedule['iterations_per_epoch'],
            epochs=schedule['epochs'],
            max_rate=schedule['max_lr'],
            min_rate=schedule['min_lr'],
        ) == pytest.approx(rate, rel=1e-12), step


def test_parameter_groups(vpd_depth: Reference) -> None:
    expected = vpd_depth.json('param_groups')
    config = VPDDepthConfig()
    with torch.device('meta'):
        network = VPDDepth(config)
    names = published_names(config, dict(network.named_parameters()))
    groups = vpd_depth_groups(network)
    optimizer = torch.optim.AdamW([group.for_optimizer(expected['base_lr']) for group in groups])

    ours: list[dict[str, Any]] = [
        {
            'lr_factor': group.rate_factor,
            'initial_lr': settings['lr'],
            'weight_decay': group.weight_decay,
            'n_tensors': len(group.parameters),
            'n_elements': sum(parameter.numel() for parameter in group.parameters.values()),
            'names': {names[name] for name in group.parameters},
        }
        for group, settings in zip(groups, optimizer.param_groups, strict=True)
    ]
    for group in expected['groups']:
        wanted = {key: value for key, value in group.items() if key != 'group'}
        wanted['names'] = set(wanted['names'])
        assert wanted in ours, group['group']
    assert len(ours) == len(expected['groups'])

    frozen = {
        names[n] for n, parameter in network.named_parameters() if not parameter.requires_grad
    }
    assert frozen | set(known_unused(config)) == set(
        expected['frozen_requires_grad_false']['names']
    )
    assert optimizer.defaults['betas'] == tuple(expected['betas'])
    assert optimizer.defaults['eps'] == expected['eps']
    assert optimizer.defaults['amsgrad'] == expected['amsgrad']
