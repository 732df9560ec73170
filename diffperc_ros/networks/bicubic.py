# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bicubic resizing that every engine can run: two products with matrices of weights."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_SHARPNESS = -0.5


def resize_bicubic(image: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize (B, C, H, W) to `size` (height, width) with antialiasing.

    The same as torch's `interpolate(mode='bicubic', antialias=True)`, whose filter is that of
    Pillow. It is written out because TensorRT does not know ONNX's antialiased Resize.
    """
    rows = torch.from_numpy(_weights(image.shape[-2], size[0])).to(image)
    columns = torch.from_numpy(_weights(image.shape[-1], size[1])).to(image)
    return rows @ image @ columns.T


@lru_cache(maxsize=16)
def _weights(source: int, target: int) -> NDArray[np.float32]:
    """Return (target, source) weights of the source's pixels, each row's sum 1."""
    scale = source / target
    # When shrinking, the filter is widened to cover all pixels that become one.
    width = max(scale, 1.0)
    centres = (np.arange(target) + 0.5) * scale
    distances = (np.arange(source) + 0.5 - centres[:, None]) / width
    weights = _cubic(np.abs(distances))
    normalised: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return normalised.astype(np.float32)


def _cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Keys' cubic convolution kernel at distances x >= 0; 0 from 2 on."""
    a = _SHARPNESS
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = a * (((x - 5) * x + 8) * x - 4)
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))
