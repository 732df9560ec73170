# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Answers that need no model, from the training set: a model must beat them to mean anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

PICTURES_A_SHARD = 32


@dataclass(frozen=True, eq=False)
class DepthStatistics:
    """What is typical of a training set.

    Parameters
    ----------
    median_depth : median over pixels of all pictures, metres.
    mean_map : float32 (h, w), per-pixel geometric mean of depth / focal length in image widths;
        a picture's depth is mean_map x its focal length in widths.
    pictures : how many pictures were counted.
    """

    median_depth: float
    mean_map: NDArray[np.float32]
    pictures: int


def depth_statistics(shards: list[Path], width: int = 32, height: int = 24) -> DepthStatistics:
    """Measure the first pictures of every shard on a coarse grid."""
    total = np.zeros((height, width))
    count = np.zeros((height, width))
    samples = []
    pictures = 0
    for shard in shards:
        depth = np.load(shard / 'depth.npy', mmap_mode='r')
        focal = np.load(shard / 'focal.npy')
        for index in range(min(PICTURES_A_SHARD, len(depth))):
            metres = depth[index].astype(np.float32) / 1000
            small = cv2.resize(metres, (width, height), interpolation=cv2.INTER_NEAREST)
            known = small > 0
            widths = float(focal[index]) / metres.shape[1]
            total[known] += np.log(small[known] / widths)
            count += known
            samples.append(small[known])
            pictures += 1
    return DepthStatistics(
        median_depth=float(np.median(np.concatenate(samples))),
        mean_map=np.exp(total / np.maximum(count, 1)).astype(np.float32),
        pictures=pictures,
    )
