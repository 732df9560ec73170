# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Published checkpoints, by their lists of keys."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from diffperc_ros.checkpoints.account import ConvertedCheckpoint
from parity.reference import Reference

Convert = Callable[[Mapping[str, Tensor], Any], ConvertedCheckpoint]


def assert_reduced_checkpoint_converts(
    reference: Reference, convert: Convert, network: nn.Module, unused: Iterable[str]
) -> None:
    """Convert the reference's own weights and compare with those of its network."""
    published = {
        name: torch.from_numpy(reference.weight(name, tuple(shape)))
        for name, shape in reference.json('keys').items()
    }
    converted = convert(published, network.config)
    assert sorted((*converted.used, *converted.unused)) == sorted(published)
    assert set(converted.unused) == set(unused)
    expected = network.state_dict()
    assert converted.state.keys() == expected.keys()
    for name, value in converted.state.items():
        assert torch.equal(value, expected[name]), name


def assert_official_checkpoint_fits(
    reference: Reference,
    convert: Convert,
    make: Callable[[Any], nn.Module],
    config: Any,
    unused: Iterable[str],
) -> None:
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

    converted = convert(published, config)
    assert sorted((*converted.used, *converted.unused)) == sorted(published)
    assert set(converted.unused) == set(unused)
    with torch.device('meta'):
        network = make(config)
    network.load_state_dict(converted.state, assign=True)
    for name, value in network.state_dict().items():
        assert value.dtype == (torch.int64 if name.endswith('tracked') else torch.float32), name
