# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures as the networks see them inside: one cell of the latent for every 8 x 8 pixels."""

from __future__ import annotations

from typing import Any, TypeVar

from numpy.typing import NDArray
from torch import Tensor

CELL = 8
"""Pixels of a picture by a side of a cell."""
UNTOLD = -1
"""Truth of a cell of which nothing is said, or nobody could say."""

Maps = TypeVar('Maps', Tensor, NDArray[Any])


def middles(maps: Maps) -> Maps:
    """Return what stands in the middle of every cell, (..., H/8, W/8) of (..., H, W)."""
    return maps[..., CELL // 2 :: CELL, CELL // 2 :: CELL]
