# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""MetaPrompts' segmentation networks as their fixtures describe them."""

from __future__ import annotations

import pytest

from diffperc_ros.checkpoints.naming import published_names
from diffperc_ros.networks.metaprompts import MetaPromptsSegmentation
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsSegmentationConfig,
    UPerNetHeadConfig,
)
from parity.metaprompts_reference import Setting, load_weights, parametrize


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    parametrize(metafunc, 'metaprompts_semseg', mark='prompt_sharing')


def segmentation_config(setting: Setting) -> MetaPromptsSegmentationConfig:
    """Translate the reference's own words for its widths."""
    return MetaPromptsSegmentationConfig(
        backbone=setting.backbone(),
        prompts=setting.word('num_prompt'),
        classes=setting.word('num_classes'),
        norm_num_groups=setting.files.config['upconv']['group_norm_groups'],
        auxiliary_level=setting.word('aux_in_index'),
        head=UPerNetHeadConfig(
            channels=setting.word('head_channels'),
            pool_scales=tuple(setting.word('pool_scales')),
            dropout=setting.word('dropout'),
        ),
    )


def segmentation_network(setting: Setting) -> MetaPromptsSegmentation:
    """Return the network with the reference's weights, in evaluation mode."""
    config = segmentation_config(setting)
    network = MetaPromptsSegmentation(config)
    names = published_names(config, network.state_dict())
    load_weights(network, names, setting.words['seed'], setting.words['scales'])
    return network
