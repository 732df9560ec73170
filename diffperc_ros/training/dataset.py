# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Rendered pictures with depth, read from shards as scenes/render.py writes them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.training.augment import Augmentation, Sample, no_augmentation

VALIDATION_EVERY = 16
"""Shard 15, 31, 47, ... are never trained on."""


@dataclass(frozen=True)
class Shard:
    """Memory-mapped arrays of one shard folder, N pictures.

    Parameters
    ----------
    colour : uint8 (N, h, w, 3) RGB.
    depth : uint16 (N, h, w) millimetres along the optical axis, 0 = none.
    focal : float32 (N,) pixels at the stored width.
    kind : int64 (N,) kind of scene.
    """

    colour: NDArray[np.uint8]
    depth: NDArray[np.uint16]
    focal: NDArray[np.float32]
    kind: NDArray[np.int64]


def training_shards(folder: Path, count: int) -> list[Path]:
    """Return the first `count` shard folders of the training split."""
    numbers = [n for n in range(2 * count + VALIDATION_EVERY) if not is_validation(n)][:count]
    return [folder / f'shard-{number:05d}' for number in numbers]


def validation_shards(folder: Path, count: int) -> list[Path]:
    """Return the first `count` shard folders of the validation split."""
    return [
        folder / f'shard-{number * VALIDATION_EVERY + VALIDATION_EVERY - 1:05d}'
        for number in range(count)
    ]


def is_validation(number: int) -> bool:
    """Whether the shard of this number belongs to the validation split."""
    return number % VALIDATION_EVERY == VALIDATION_EVERY - 1


def wait_for(shards: list[Path], seconds: float) -> None:
    """Wait until all shards are there, since they may still be rendered beside the training.

    Raises
    ------
    RecordingError : a shard is still missing after `seconds`.
    """
    end = time.monotonic() + seconds
    while missing := [shard for shard in shards if not shard.is_dir()]:
        if time.monotonic() > end:
            raise RecordingError(f'{missing[0]}: no such shard; render it first')
        time.sleep(5.0)


class RenderedDepth(Dataset[dict[str, Tensor]]):
    """Pictures of several shards, each augmented anew whenever it is asked for.

    Items: `image` float32 (3, H, W) in [0, 1]; `depth` float32 (1, H, W), metres at the
    canonical focal length, 0 = none; `kind` int64 ().

    Parameters
    ----------
    shards : folders that exist.
    size : width and height of the items.
    focal_length : canonical focal length in image widths.
    augmentation : what is done to a sample; `no_augmentation` for validation.
    seed : items depend on (seed, index) alone; `seed` changes every epoch.
    """

    def __init__(
        self,
        shards: list[Path],
        size: tuple[int, int],
        focal_length: float,
        augmentation: Augmentation = no_augmentation,
        seed: int = 0,
    ) -> None:
        self._shards = [
            Shard(
                *(
                    np.load(shard / f'{name}.npy', mmap_mode='r')
                    for name in ('colour', 'depth', 'focal', 'kind')
                )
            )
            for shard in shards
        ]
        self._ends = np.cumsum([len(shard.focal) for shard in self._shards])
        self._size = size
        self._focal_length = focal_length
        self._augmentation = augmentation
        self._seed = seed

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        number = int(np.searchsorted(self._ends, index, side='right'))
        shard = self._shards[number]
        inside = index - (int(self._ends[number - 1]) if number else 0)
        raw = Sample(
            np.asarray(shard.colour[inside]),
            shard.depth[inside].astype(np.float32) / 1000,
            float(shard.focal[inside]) / shard.colour.shape[2],
        )
        random = np.random.default_rng((self._seed, index))
        sample = self._augmentation(raw, self._size, random)
        canonical = sample.depth * np.float32(self._focal_length / sample.focal_length)
        return {
            'image': torch.from_numpy(sample.image.transpose(2, 0, 1).copy()).float() / 255,
            'depth': torch.from_numpy(canonical)[None],
            'kind': torch.tensor(int(shard.kind[inside])),
        }
