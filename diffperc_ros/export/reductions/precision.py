# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is computed once is computed in double precision, so that folding costs no accuracy."""

from __future__ import annotations

from torch import Tensor, nn


def in_double(parameter: Tensor | None) -> Tensor:
    """Return a parameter that a layer may have or not, and here has, as float64."""
    if parameter is None:
        raise TypeError('a layer without bias where all have one')
    return parameter.double()


def linear_in_double(layer: nn.Linear, values: Tensor) -> Tensor:
    """Return a layer's answer in float64; the layer stays as it is."""
    bias = None if layer.bias is None else layer.bias.double()
    return nn.functional.linear(values.double(), layer.weight.double(), bias)
