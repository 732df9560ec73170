# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every key of MetaPrompts' published depth checkpoints has a place, with its shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from diffperc_ros.checkpoints.naming import convert_published, known_unused, tied_copies
from diffperc_ros.networks.metaprompts_configuration import MetaPromptsDepthConfig
from parity.metaprompts_depth import depth_config, pytest_generate_tests
from parity.metaprompts_reference import Setting
from parity.reference import Reference

__all__ = ['pytest_generate_tests']


def assert_fits(
    config: MetaPromptsDepthConfig, shapes: Mapping[str, Any], aliases: Mapping[str, str]
) -> None:
    assert tied_copies(config) == aliases
    with torch.device('meta'):
        published = {name: torch.empty(shape) for name, shape in shapes.items()}
    converted = convert_published(published, config)
    assert set(converted.copies) == aliases.keys()
    assert set(converted.unused) == set(known_unused(config))


def test_reduced_checkpoint(setting: Setting) -> None:
    keys = setting.files.json('keys')
    assert_fits(depth_config(setting), keys['shapes'], keys['aliases'])


def test_official_checkpoint(folder: Reference) -> None:
    keys = folder.json('full_keys')
    assert_fits(MetaPromptsDepthConfig(), keys['keys'], keys['alias_of'])
