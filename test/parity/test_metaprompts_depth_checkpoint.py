# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every key of MetaPrompts' published depth checkpoints has a place, with its shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from diffperc_ros.checkpoints.account import convert
from diffperc_ros.checkpoints.metaprompts_depth import known_unused, published_names, tied_copies
from diffperc_ros.networks.metaprompts import MetaPromptsDepth
from diffperc_ros.networks.metaprompts_configuration import MetaPromptsDepthConfig
from parity.metaprompts_depth import depth_config, pytest_generate_tests
from parity.metaprompts_reference import Setting
from parity.reference import Reference

__all__ = ['pytest_generate_tests']


def assert_fits(
    config: MetaPromptsDepthConfig, shapes: Mapping[str, Any], aliases: Mapping[str, str]
) -> None:
    copies = tied_copies(config)
    assert copies == aliases
    with torch.device('meta'):
        expected = MetaPromptsDepth(config).state_dict()
        published = {
            name: torch.empty(shape) for name, shape in shapes.items() if name not in copies
        }
    names = published_names(config, expected)
    converted = convert(published, names, expected, known_unused(config))
    assert set(converted.unused) == set(known_unused(config))


def test_reduced_checkpoint(setting: Setting) -> None:
    keys = setting.files.json('keys')
    assert_fits(depth_config(setting), keys['shapes'], keys['aliases'])


def test_official_checkpoint(folder: Reference) -> None:
    keys = folder.json('full_keys')
    assert_fits(MetaPromptsDepthConfig(), keys['keys'], keys['alias_of'])
