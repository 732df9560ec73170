# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD's published referring loss, gradients, rates, parameter groups and checkpoint."""

from __future__ import annotations

from collections import defaultdict

import pytest
import torch

from diffperc_ros.checkpoints.naming import known_unused, published_names
from diffperc_ros.networks.configuration import VPDReferringConfig
from diffperc_ros.networks.vpd import VPDReferring
from diffperc_ros.training.losses.published import referring_loss
from diffperc_ros.training.parameter_groups import vpd_referring_groups
from diffperc_ros.training.schedules import vpd_referring_learning_rate
from parity.checkpoint import assert_official_checkpoint_fits, assert_reduced_checkpoint_converts
from parity.gradients import assert_gradients_equal
from parity.reference import Reference


@pytest.mark.parametrize('mode', ['eval', 'train'])
def test_loss_and_every_gradient(
    mode: str, vpd_refer: Reference, vpd_refer_network: VPDReferring
) -> None:
    expected = vpd_refer.json('loss')[mode]
    settings = vpd_refer.section('stages')
    network = vpd_refer_network.train(mode == 'train')
    image = vpd_refer.image(settings['image_key'], settings['image_shape'])
    sentence = torch.from_numpy(vpd_refer.arrays('stages')['last_hidden_state'])
    masks = torch.from_numpy(vpd_refer.arrays('loss_grads')['label']).long()

    loss = referring_loss(network(image, sentence), masks)
    loss.backward()

    assert loss.item() == pytest.approx(expected['loss'], rel=1e-5)
    names = published_names(network.config, network.state_dict())
    unused = [name for name in known_unused(network.config) if name in expected['grad_norm']]
    assert_gradients_equal(network, mode, vpd_refer, names, unused)


def test_learning_rate_of_every_step(vpd_refer: Reference) -> None:
    schedule = vpd_refer.json('schedule')
    steps = schedule['example_iterations_per_epoch'] * schedule['epochs']
    for step, rate in schedule['step_lr']:
        assert vpd_referring_learning_rate(
            step, steps=steps, max_rate=schedule['base_lr']
        ) == pytest.approx(rate, rel=1e-12), step


def test_parameter_groups(vpd_refer: Reference) -> None:
    expected = vpd_refer.json('param_groups')
    config = VPDReferringConfig()
    with torch.device('meta'):
        network = VPDReferring(config)
    names = published_names(config, dict(network.named_parameters()))
    frozen = {names[n] for n, p in network.named_parameters() if not p.requires_grad}
    unused = set(known_unused(config))
    groups = vpd_referring_groups(network)
    ours = {
        (group.rate_factor, group.weight_decay): {names[name] for name in group.parameters}
        for group in groups
    }
    theirs: dict[tuple[float, float], set[str]] = defaultdict(set)
    for group in expected['groups']:
        trained = set(group['names']) - unused - frozen
        theirs[group['lr_factor'], group['weight_decay']] |= trained
    assert ours == theirs
    assert len(ours) == len(groups)

    optimizer = torch.optim.AdamW([group.for_optimizer(expected['base_lr']) for group in groups])
    assert {group['lr'] for group in optimizer.param_groups} == {
        group['effective_lr'] for group in expected['groups']
    }
    assert optimizer.defaults['betas'] == tuple(expected['betas'])
    assert optimizer.defaults['eps'] == expected['eps']
    assert optimizer.defaults['amsgrad'] == expected['amsgrad']


def test_reduced_checkpoint_converts_to_the_reference_network(
    vpd_refer: Reference, vpd_refer_network: VPDReferring
) -> None:
    assert_reduced_checkpoint_converts(vpd_refer, vpd_refer_network)


def test_official_checkpoint_fits_key_by_key(vpd_refer: Reference) -> None:
    assert_official_checkpoint_fits(vpd_refer, VPDReferringConfig())
