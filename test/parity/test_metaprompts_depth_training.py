# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""MetaPrompts' published depth loss, gradients, rates, parameter groups and metrics."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diffperc_ros.checkpoints.naming import known_unused, published_names, tied_copies
from diffperc_ros.evaluation.metrics.depth import (
    Crop,
    depth_metrics,
    limit_prediction,
    valid_mask,
)
from diffperc_ros.networks.metaprompts import MetaPromptsDepth
from diffperc_ros.networks.metaprompts_configuration import MetaPromptsDepthConfig
from diffperc_ros.training.losses.published import silog_loss
from diffperc_ros.training.parameter_groups import vpd_depth_groups
from diffperc_ros.training.schedules import vpd_depth_learning_rate
from parity.generator import make_tensor
from parity.metaprompts_depth import depth_network, pytest_generate_tests
from parity.metaprompts_reference import (
    Setting,
    assert_forward_equal,
    assert_gradients_equal,
    assert_statistics_moved,
    image_tensor,
)
from parity.reference import Reference

__all__ = ['pytest_generate_tests']

OUR_METRICS = {'d1': 'delta1', 'd2': 'delta2', 'd3': 'delta3', 'silog': 'silog_loss05'}


def test_loss_and_every_gradient(setting: Setting) -> None:
    arrays = setting.files.arrays(setting.name)
    expected = setting.files.json(f'{setting.name}_training')
    # Rounding flips ReLUs at their kink, the reference's own in float32 too: double precision
    # agrees with its norms to 4e-4 for NYU but only to 5e-3 for KITTI, whose loss sees few cells.
    network = depth_network(setting, expected['scales_for_this_run']).double().train()

    depth = network(image_tensor(arrays['train_image_u8']).double())
    loss = silog_loss(depth[:, 0], torch.from_numpy(arrays['train_gt']))
    loss.backward()

    ours = {'train_depth': depth.detach().numpy()}
    assert_forward_equal(ours, {'train_depth': arrays['train_depth']}, share=1e-4)
    assert loss.item() == pytest.approx(expected['loss'], rel=1e-5)
    assert loss.item() == pytest.approx(arrays['train_loss'].item(), rel=1e-5)
    names = published_names(network.config, network.state_dict())
    copies = tied_copies(network.config)
    assert_gradients_equal(network, names, expected['grad_norms_l2'], copies, share=1e-2)
    assert_statistics_moved(network, names, expected['batchnorm_after_one_forward'])


def test_learning_rate_of_every_step(folder: Reference) -> None:
    schedule = folder.json('metrics')['lr']
    for step, rate in schedule['step_lr']:
        assert vpd_depth_learning_rate(
            step,
            steps_per_epoch=schedule['iterations_per_epoch'],
            epochs=schedule['epochs'],
            max_rate=schedule['max_lr'],
            min_rate=schedule['min_lr'],
        ) == pytest.approx(rate, rel=1e-12), step


def test_parameter_groups(folder: Reference) -> None:
    expected = folder.json('param_groups')
    config = MetaPromptsDepthConfig()
    with torch.device('meta'):
        network = MetaPromptsDepth(config)
    names = published_names(config, dict(network.named_parameters()))
    copies = tied_copies(config)
    ours = {
        (group.rate_factor, group.weight_decay): (
            {names[name] for name in group.parameters},
            sum(parameter.numel() for parameter in group.parameters.values()),
        )
        for group in vpd_depth_groups(network, weight_decay=expected['base_weight_decay'])
    }
    theirs = {
        (group['lr_scale'], group['weight_decay']): (
            {copies.get(name, name) for name in group['names']},
            group['numel'],
        )
        for group in expected['groups']
    }
    assert ours == theirs
    frozen = [p for p in network.parameters() if not p.requires_grad]
    assert len(frozen) + len(known_unused(config)) == expected['not_optimised']['count']


def test_metrics_of_one_image(folder: Reference) -> None:
    reference = folder.json('metrics')
    crops: dict[str, Crop] = {'garg_crop': 'kitti_garg', 'eigen_crop': 'kitti_eigen'}
    for case in reference['cases']:
        farthest = np.float32(case['max_depth'])
        shape, seed = (case['H'], case['W']), reference['recipe']['seed']
        a, b = (
            make_tensor(f'metric_{name}', (shape[0] * shape[1],), seed).reshape(shape)
            for name in ('gt', 'pred')
        )
        truth = np.float32(0.3) * farthest + np.float32(4) * farthest * a
        prediction = truth + np.float32(0.5) * farthest * b
        prediction = np.clip(prediction, np.float32(0.01) * farthest, farthest)
        truth = np.maximum(truth, np.float32(0))
        if case['nan_columns'] is not None:
            prediction[:, case['nan_columns'] :] = np.nan
        # NYU's crop is not named: the published code always applies it there.
        crop = crops[case['crop']] if case['crop'] else 'nyu_eigen'

        finite = limit_prediction(prediction, max_depth=float(farthest), as_published=True)
        valid = valid_mask(truth, max_depth=float(farthest), crop=crop)
        assert valid.sum() == case['valid_pixels'], case['name']
        measured = depth_metrics(finite[valid], truth[valid])
        for name, value in case['metrics'].items():
            ours = getattr(measured, OUR_METRICS.get(name, name))
            assert ours == pytest.approx(value, rel=1e-5), (case['name'], name)
        if case['silog_loss_no_crop_gt_gt_0'] is not None:
            loss = silog_loss(torch.from_numpy(prediction), torch.from_numpy(truth))
            assert loss.item() == pytest.approx(case['silog_loss_no_crop_gt_gt_0'], rel=1e-5)
