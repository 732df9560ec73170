# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""MetaPrompts' depth networks as their fixtures describe them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from diffperc_ros.checkpoints.naming import published_names
from diffperc_ros.networks.metaprompts import MetaPromptsDepth
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsDepthConfig,
    MetaPromptsDepthHeadConfig,
)
from parity.metaprompts_reference import Setting, load_weights, parametrize


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    parametrize(metafunc, 'metaprompts_depth', mark='num_prompt')


def depth_config(setting: Setting) -> MetaPromptsDepthConfig:
    """Translate the reference's own words for its widths."""
    neck, decoder = setting.word('neck'), setting.word('decoder')
    return MetaPromptsDepthConfig(
        backbone=setting.backbone(),
        prompts=setting.word('num_prompt'),
        extra_cells=setting.words['resize_scale'],
        head=MetaPromptsDepthHeadConfig(
            norm_num_groups=neck['group_norm_groups'],
            fusion_channels=neck['deconv_channels'],
            deconvolution_channels=tuple(decoder['num_filters']),
            decoder_channels=decoder['out_channels'],
            max_depth=setting.words['max_depth'],
        ),
    )


def depth_network(setting: Setting, scales: Mapping[str, float]) -> MetaPromptsDepth:
    """Return the network with the reference's weights, in evaluation mode."""
    config = depth_config(setting)
    network = MetaPromptsDepth(config)
    names = published_names(config, network.state_dict())
    load_weights(network, names, setting.words['seed'], scales)
    return network
