# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The form in which a depth network is run: a picture's bytes in, metres out."""

from __future__ import annotations

from torch import Tensor, nn


class DepthGraph(nn.Module):
    """A depth network with its normalisation inside and its prompt fixed.

    Parameters
    ----------
    network : takes RGB (B, 3, H, W) in [0, 1], gives depth (B, 1, H, W) in metres.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        """Return depth (1, 1, H, W) float32 metres of an image uint8 (1, 3, H, W) RGB."""
        depth: Tensor = self.network(image.float() / 255)
        return depth
