# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from torch import nn

from diffperc_ros.export.rounding import LEVELS, round_to_levels, round_weights

LAYERS = [
    pytest.param(nn.Conv2d(8, 5, 3), 0, id='convolution'),
    pytest.param(nn.ConvTranspose2d(16, 5, 2), 1, id='transposed'),
    pytest.param(nn.Linear(64, 5), 0, id='linear'),
    pytest.param(nn.Embedding(7, 64), 0, id='table'),
]


@pytest.mark.parametrize(('layer', 'axis'), LAYERS)
def test_each_output_channel_has_a_grid_of_its_own(layer: nn.Module, axis: int) -> None:
    torch.manual_seed(0)
    before = torch.randn_like(layer.weight)
    with torch.no_grad():
        layer.weight.copy_(before)
    bias = getattr(layer, 'bias', None)
    bias = None if bias is None else bias.clone()
    round_weights(layer)
    for old, new in zip(before.unbind(axis), layer.weight.unbind(axis), strict=True):
        step = old.abs().max() / LEVELS
        assert torch.allclose(new / step, (new / step).round(), atol=1e-4)
        assert 0 < (new - old).abs().max() <= 0.51 * step
        assert torch.isclose(new.abs().max(), old.abs().max())
    if bias is not None:
        assert torch.equal(layer.bias, bias)


def test_what_is_named_stays_exact() -> None:
    layers = nn.ModuleDict({'first': nn.Linear(64, 5), 'second': nn.Linear(64, 5)})
    before = {name: layer.weight.clone() for name, layer in layers.items()}
    round_weights(nn.ModuleDict({'encoder': layers}), ('encoder.first',))
    assert torch.equal(layers['first'].weight, before['first'])
    assert not torch.equal(layers['second'].weight, before['second'])


def test_rounding_twice_changes_nothing_more() -> None:
    once = round_to_levels(torch.randn(8, 9), 0)
    torch.testing.assert_close(round_to_levels(once, 0), once, rtol=1e-6, atol=0)


def test_a_channel_of_zeros_stays() -> None:
    weight = torch.randn(3, 4)
    weight[1] = 0
    rounded = round_to_levels(weight, 0)
    assert rounded.isfinite().all()
    assert (rounded[1] == 0).all()


@pytest.mark.parametrize(
    'layer',
    [
        pytest.param(nn.Conv2d(6, 6, 5, groups=6), id='depthwise'),
        pytest.param(nn.Conv2d(3, 8, 3), id='first'),
        pytest.param(nn.Linear(63, 5), id='narrow'),
        pytest.param(nn.BatchNorm2d(64), id='norm'),
    ],
)
def test_sums_of_few_products_and_norms_stay(layer: nn.Module) -> None:
    nn.init.normal_(layer.weight)
    before = layer.weight.clone()
    round_weights(nn.Sequential(layer))
    assert torch.equal(layer.weight, before)
