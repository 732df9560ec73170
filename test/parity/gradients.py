# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Gradients and batch statistics after one published training step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pytest
from torch import nn

from parity.reference import Reference


def assert_gradients_equal(
    network: nn.Module,
    mode: str,
    reference: Reference,
    names: Mapping[str, str],
    unused: Iterable[str],
) -> None:
    """Compare all that a backward pass left behind with loss.json and loss_grads.npz.

    Parameters
    ----------
    network
        After the backward pass.
    mode
        'eval' or 'train', the mode of its forward pass.
    reference
        A fixture folder.
    names
        Our name -> published name, for the whole state dict.
    unused
        Published parameters that the network does not have, which never get a gradient.
    """
    expected = reference.json('loss')[mode]
    gradients = {names[name]: parameter.grad for name, parameter in network.named_parameters()}
    norms = {
        name: None if gradient is None else gradient.double().norm().item()
        for name, gradient in gradients.items()
    }
    norms |= dict.fromkeys(unused)
    assert_norms_equal(norms, expected['grad_norm'])
    for name in (*expected.get('zero_grad', ()), *expected.get('zero', ())):
        assert norms[name] < negligible_gradient(expected['grad_norm']), name

    buffers = {names[ours]: value for ours, value in network.state_dict().items()}
    compared = 0
    for entry, value in reference.arrays('loss_grads').items():
        kind, _, name = entry.partition(':')
        if kind == mode:
            ours = gradients[name]
        elif (kind, mode) == ('after_train_forward', 'train'):
            ours = buffers[name]
        else:
            continue
        assert ours is not None, entry
        atol = max(1e-4 * np.abs(value).max(), negligible_gradient(expected['grad_norm']))
        np.testing.assert_allclose(ours.numpy(), value, rtol=1e-3, atol=atol, err_msg=entry)
        compared += 1
    assert compared > 0


def assert_norms_equal(ours: dict[str, float | None], expected: dict[str, float | None]) -> None:
    """Compare gradient norms; None stands for no gradient at all."""
    assert ours.keys() == expected.keys()
    negligible = negligible_gradient(expected)
    failures = [
        f'{name}: {ours[name]}, expected {norm}'
        for name, norm in expected.items()
        if (norm is None) != (ours[name] is None)
        or (norm is not None and ours[name] != pytest.approx(norm, rel=1e-4, abs=negligible))
    ]
    assert not failures, '\n'.join(failures)


def negligible_gradient(norms: dict[str, float | None]) -> float:
    """Below this a gradient is rounding, as that of a bias that a batch norm takes out again."""
    return 1e-6 * max(filter(None, norms.values()))
