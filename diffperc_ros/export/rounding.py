# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Weights in 255 levels per output channel, so that a graph can store them in a byte each.

Done to the PyTorch network before anything is computed from it: golden answers are then those of
the network that ships, and graphs are compared with it as strictly as with any other. A scale per
output channel survives what follows: batch norms and latent scales that are folded into a weight
multiply whole channels.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

Network = TypeVar('Network', bound=nn.Module)

LEVELS = 127
"""To each side of zero."""

FEWEST = 64
"""Weights of a channel from which it is rounded. In a sum of many products rounding errors cancel
out, in one of few they do not: an encoder's first and its depthwise convolutions, a small share of
the bytes, would cost the default depth network more than all its other layers together."""

_OUTPUT_AXIS: dict[type[nn.Module], int] = {
    nn.Conv2d: 0,
    nn.Linear: 0,
    nn.Embedding: 0,
    nn.ConvTranspose2d: 1,
}


@torch.no_grad()
def round_weights(network: Network, exact: Collection[str] = ()) -> Network:
    """Round every matrix and every kernel of many weights a channel; biases and norms stay.

    Parameters
    ----------
    network : changed in place.
    exact : what stands in the names of modules that stay as they are.
    """
    for name, module in network.named_modules():
        if any(part in name for part in exact):
            continue
        for kind, axis in _OUTPUT_AXIS.items():
            if isinstance(module, kind):
                weight = cast('Tensor', module.weight)
                if weight.numel() >= FEWEST * weight.shape[axis]:
                    weight.copy_(round_to_levels(weight, axis))
    return network


def round_to_levels(weight: Tensor, axis: int) -> Tensor:
    """Return the nearest values of a grid through zero whose outermost one is the channel's.

    Parameters
    ----------
    weight : floating, of any shape.
    axis : of the channels, each of which has a grid of its own.
    """
    others = [other for other in range(weight.ndim) if other != axis]
    step = weight.abs().amax(dim=others, keepdim=True) / LEVELS
    levels = (weight / step).round()
    # A channel of zeros has no step; it stays as it is.
    return torch.where(step > 0, levels * step, weight)
