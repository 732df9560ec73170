# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import torch
from networks.small import small_config, small_referring_config, small_segmentation_config

from diffperc_ros.networks.vpd import VPDDepth, VPDReferring, VPDSegmentation
from diffperc_ros.training.parameter_groups import (
    vpd_depth_groups,
    vpd_referring_groups,
    vpd_segmentation_groups,
)


def test_every_trained_parameter_is_in_one_group() -> None:
    network = VPDDepth(small_config())
    names = [name for group in vpd_depth_groups(network) for name in group.parameters]
    trained = [name for name, p in network.named_parameters() if p.requires_grad]
    assert sorted(names) == sorted(trained)
    assert not any(name.startswith('backbone.encoder.') for name in names)


def test_unet_learns_slowly_and_vectors_do_not_decay() -> None:
    network = VPDDepth(small_config())
    for group in vpd_depth_groups(network, unet_rate_factor=0.5, weight_decay=0.2):
        for name, parameter in group.parameters.items():
            assert group.rate_factor == (0.5 if name.startswith('backbone.unet.') else 1.0)
            assert group.weight_decay == (0.2 if parameter.ndim > 1 else 0.0)


def test_groups_are_what_optimizers_take() -> None:
    groups = vpd_depth_groups(VPDDepth(small_config()))
    optimizer = torch.optim.AdamW([group.for_optimizer(1e-3) for group in groups])
    rates = {settings['lr'] for settings in optimizer.param_groups}
    assert rates == {1e-3, 1e-5}


def test_norms_around_attention_alone_are_spared() -> None:
    segmentation = vpd_segmentation_groups(VPDSegmentation(small_segmentation_config()), 0.5, 0.2)
    referring = vpd_referring_groups(VPDReferring(small_referring_config()), 0.2)
    for group in (*segmentation, *referring):
        for name in group.parameters:
            spared = '.attentions.' in name and '.norm' in name
            assert group.weight_decay == (0.0 if spared else 0.2), name
    for group in segmentation:
        for name in group.parameters:
            slow = name.startswith('backbone.unet.') and group.weight_decay > 0
            assert group.rate_factor == (0.5 if slow else 1.0), name
    assert {group.rate_factor for group in referring} == {1.0}
