# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Published checkpoints, by their lists of keys."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from diffperc_ros.checkpoints.naming import convert_published, known_unused
from diffperc_ros.networks.factory import build
from diffperc_ros.networks.methods import NetworkConfig
from parity.reference import Reference


def assert_reduced_checkpoint_converts(reference: Reference, network: nn.Module) -> None:
    """Convert the reference's own weights and compare with those of its network."""
    published = {
        name: torch.from_numpy(reference.weight(name, tuple(shape)))
        for name, shape in reference.json('keys').items()
    }
    config: Any = network.config
    converted = convert_published(published, config)
    assert sorted((*converted.used, *converted.unused)) == sorted(published)
    assert set(converted.unused) == set(known_unused(config))
    expected = network.state_dict()
    assert converted.state.keys() == expected.keys()
    for name, value in converted.state.items():
        assert torch.equal(value, expected[name]), name


def assert_official_checkpoint_fits(reference: Reference, config: NetworkConfig) -> None:
    """Convert the official file's keys and shapes and load them, without any values."""
    listed = reference.json('full_keys')
    dtypes = listed.get('dtypes', {})
    published = {
        name: torch.empty(
            shape, dtype=getattr(torch, dtypes.get(name, 'float32').split('.')[-1]), device='meta'
        )
        for name, shape in listed['keys'].items()
    }
    assert len(published) == listed['n_keys']
    assert sum(math.prod(shape) for shape in listed['keys'].values()) == listed['n_elements']

    converted = convert_published(published, config)
    assert sorted((*converted.used, *converted.unused)) == sorted(published)
    assert set(converted.unused) == set(known_unused(config))
    with torch.device('meta'):
        network = build(config)
    network.load_state_dict(converted.state, assign=True)
    for name, value in network.state_dict().items():
        assert value.dtype == (torch.int64 if name.endswith('tracked') else torch.float32), name
