# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.configuration import VPDDepthConfig
from diffperc_ros.networks.serialization import METHODS, from_dict, to_dict


def test_json_round_trip(config: VPDDepthConfig) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(config)))) == config


def test_what_is_left_out_keeps_its_default() -> None:
    assert from_dict({'method': 'vpd_depth'}) == VPDDepthConfig()
    assert from_dict({'method': 'vpd_depth', 'head': {'max_depth': 80}}).head.max_depth == 80.0


@pytest.mark.parametrize(
    ('path', 'value', 'message'),
    [
        ('method', 'dpt', r"method is 'dpt'.*vpd_depth"),
        ('colour', 'red', 'network has no setting colour'),
        ('head.widht', 3, 'network.head has no setting widht'),
        ('head.max_depth', 'far', 'network.head.max_depth'),
        ('head.max_depth', True, 'network.head.max_depth'),
        ('head.deconvolution_channels', [32, 32], 'has 2 entries; it needs 3'),
        ('head.deconvolution_channels', 32, 'must be a list'),
        ('backbone.timestep', 1.5, 'network.backbone.timestep'),
        ('backbone.unet.attention_levels', [1, 1, 1, 0], r'attention_levels\[0\]'),
        ('backbone.unet', [], 'must be a mapping'),
        ('backbone.encoder.kind', 'resnet', r"encoder.kind is 'resnet'; it can be"),
        ('backbone.encoder', 3, 'encoder.kind is None'),
    ],
)
def test_mistakes_are_named(path: str, value: Any, message: str) -> None:
    values = deepcopy(to_dict(VPDDepthConfig()))
    *parents, last = path.split('.')
    place = values
    for parent in parents:
        place = place[parent]
    place[last] = value
    with pytest.raises(SettingError, match=message):
        from_dict(values)


def test_every_method_round_trips() -> None:
    for config_type in METHODS.values():
        config = config_type()
        assert from_dict(json.loads(json.dumps(to_dict(config)))) == config
    with pytest.raises(SettingError, match='backbone has no setting timestep'):
        from_dict({'method': 'metaprompts_depth', 'backbone': {'timestep': 1}})
