# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The unit that brings MetaPrompts' features to the width of its prompts."""

from __future__ import annotations

from torch import nn


def normalised_convolution(in_channels: int, out_channels: int, groups: int) -> nn.Sequential:
    """Return a 3x3 convolution that keeps the size, GroupNorm with `groups` groups, ReLU."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.GroupNorm(groups, out_channels),
        nn.ReLU(),
    )
