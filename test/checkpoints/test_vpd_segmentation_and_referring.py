# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
from networks.small import small_referring_config, small_segmentation_config
from torch import Tensor

from diffperc_ros.checkpoints import vpd_referring, vpd_segmentation
from diffperc_ros.checkpoints.account import CheckpointError
from diffperc_ros.networks.factory import build

CASES = [
    (vpd_segmentation, vpd_segmentation.convert_vpd_segmentation, small_segmentation_config()),
    (vpd_referring, vpd_referring.convert_vpd_referring, small_referring_config()),
]


def published(module: ModuleType, config: Any) -> dict[str, Tensor]:
    state = build(config).state_dict()
    names = module.published_names(config, state)
    assert len(set(names.values())) == len(names)
    unused = {name: torch.zeros(1) for name in module.KNOWN_UNUSED}
    return {theirs: state[ours] for ours, theirs in names.items()} | unused


@pytest.mark.parametrize(('module', 'convert', 'config'), CASES)
def test_every_key_is_accounted_for(
    module: ModuleType, convert: Callable[..., Any], config: Any
) -> None:
    checkpoint = published(module, config)
    converted = convert(checkpoint, config)
    build(config).load_state_dict(converted.state)
    assert {*converted.used, *converted.unused} == checkpoint.keys()
    assert set(converted.unused) == set(module.KNOWN_UNUSED)


@pytest.mark.parametrize(('module', 'convert', 'config'), CASES)
@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'gamma': None}, r'1 \(gamma\) missing, no key unknown'),
        ({'encoder.gamma': torch.zeros(6)}, r'encoder\.gamma\) unknown'),
        ({'gamma': torch.zeros(7)}, r'gamma has shape \(7,\).*needs \(6,\)'),
    ],
)
def test_what_does_not_fit_is_named(
    change: dict[str, Tensor | None],
    message: str,
    module: ModuleType,
    convert: Callable[..., Any],
    config: Any,
) -> None:
    changed = published(module, config) | change
    with pytest.raises(CheckpointError, match=message):
        convert({name: value for name, value in changed.items() if value is not None}, config)
