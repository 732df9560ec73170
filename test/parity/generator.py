# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Weights and images of the reference fixtures, made from their names instead of stored.

NumPy's legacy stream is frozen by its compatibility policy, so a name and a seed give the very
values the reference ran with. fixtures/vpd_depth/NOTES.md is the specification.
"""

from __future__ import annotations

import math
import zlib

import numpy as np
from numpy.typing import NDArray


def make_tensor(key: str, shape: tuple[int, ...], seed: int) -> NDArray[np.generic]:
    """Return the value of one state-dict entry or of one input, float32 (int64 for counters)."""
    if key.endswith('num_batches_tracked'):
        return np.zeros(shape, np.int64)
    stream = np.random.RandomState(zlib.crc32(f'{seed}:{key}'.encode()))
    normal = stream.standard_normal(size=shape)
    if key.endswith('running_mean'):
        value = 0.1 * normal
    elif key.endswith('running_var'):
        value = 1.0 + 0.1 * np.abs(normal)
    elif len(shape) >= 2:
        value = normal * np.sqrt(1.0 / max(1, math.prod(shape[1:])))
    elif key.endswith('weight'):
        value = 1.0 + 0.1 * normal
    else:
        value = 0.1 * normal
    return np.asarray(value, np.float32)


def make_image(key: str, shape: tuple[int, int, int, int], seed: int) -> NDArray[np.float32]:
    """Return an image (B, C, H, W) in [0, 1]: coarse 16-pixel blocks under fine noise."""
    batch, channels, height, width = shape
    rows, columns = -(-height // 16), -(-width // 16)
    low = make_tensor(f'{key}.low', (batch * channels * rows * columns,), seed)
    low = low.reshape(batch, channels, rows, columns).repeat(16, 2).repeat(16, 3)
    fine = make_tensor(f'{key}.fine', (math.prod(shape),), seed).reshape(shape)
    image = np.float32(0.5) + np.float32(2) * low[..., :height, :width] + np.float32(0.5) * fine
    return np.clip(image, 0, 1).astype(np.float32)


def make_depth(key: str, shape: tuple[int, ...], seed: int) -> NDArray[np.float32]:
    """Return ground truth in metres, stored in millimetres as the published data is."""
    normal = make_tensor(key, (math.prod(shape),), seed).reshape(shape)
    millimetres = np.clip(np.rint(3000 + 15000 * normal), 0, 12000).astype(np.uint16)
    return millimetres.astype(np.float32) / np.float32(1000)
