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


def majority_map(
    shards: list[Path], classes: int, width: int = 32, height: int = 24
) -> NDArray[np.uint8]:
    """Return (height, width) the most frequent class of every place, counted from 0.

    Parameters
    ----------
    shards : whose first pictures are counted.
    classes : number of classes.
    """
    counts = np.zeros((classes + 1, height, width), np.int64)
    for shard in shards:
        for label in np.load(shard / 'label.npy', mmap_mode='r')[:PICTURES_A_SHARD]:
            small = cv2.resize(np.asarray(label), (width, height), interpolation=cv2.INTER_NEAREST)
            counts += np.arange(classes + 1)[:, None, None] == small
    # Stored 0 is nothing.
    return np.asarray(counts[1:].argmax(axis=0), np.uint8)


@dataclass(frozen=True, eq=False)
class MeanMask:
    """Where the objects of phrases mostly are.

    Parameters
    ----------
    shares : float32 (h, w), share of the phrases whose object is at that place.
    threshold : share from which a place belongs to the answer: the best one for these phrases.
    """

    shares: NDArray[np.float32]
    threshold: float


def mean_mask(masks: list[NDArray[np.bool_]], width: int = 32, height: int = 24) -> MeanMask:
    """Measure masks, none of them empty, of any sizes."""
    small = np.stack(
        [
            cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
            for mask in masks
        ]
    )
    shares = small.mean(axis=0)

    def overall_iou(threshold: float) -> float:
        answer = shares >= threshold
        shared = small[:, answer].sum()
        return float(shared / (small.sum() + answer.sum() * len(small) - shared))

    candidates = [float(value) for value in np.unique(shares)]
    return MeanMask(shares.astype(np.float32), max(candidates, key=overall_iou))
