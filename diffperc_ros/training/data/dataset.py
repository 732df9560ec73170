# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Rendered pictures with what is known of them, from shards as scenes/render.py writes them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.core.transforms import Size
from diffperc_ros.scenes.objects import VisibleObject
from diffperc_ros.training.data.augment import Augmentation, Random, Sample, no_augmentation

Item: TypeAlias = dict[str, Tensor]

VALIDATION_EVERY = 16
"""Shard 15, 31, 47, ... are never trained on."""


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


class Shard:
    """The pictures of one shard folder, N of them, read when they are asked for.

    Parameters
    ----------
    folder : holds `colour.npy` uint8 (N, h, w, 3) RGB, `focal.npy` float32 (N,) pixels at the
        stored width, `kind.npy` int64 (N,), and whatever is asked for of:
        `depth.npy` uint16 (N, h, w) millimetres along the optical axis, 0 = none;
        `label.npy` uint8 (N, h, w) class + 1, 0 = none;
        `instance.npy` uint16 (N, h, w), 0 = none; `objects.jsonl`, a line a picture.
    maps : names of the (N, h, w) arrays that are wanted.
    objects : whether the things in the pictures are wanted.
    """

    def __init__(self, folder: Path, maps: tuple[str, ...], *, objects: bool = False) -> None:
        self._colour = np.load(folder / 'colour.npy', mmap_mode='r')
        self._focal = np.load(folder / 'focal.npy')
        self._kind = np.load(folder / 'kind.npy')
        self._maps = {name: np.load(folder / f'{name}.npy', mmap_mode='r') for name in maps}
        self._objects = (folder / 'objects.jsonl').read_text().splitlines() if objects else None

    def __len__(self) -> int:
        return len(self._focal)

    def __getitem__(self, index: int) -> Sample:
        return Sample(
            np.asarray(self._colour[index]),
            {name: np.asarray(values[index]) for name, values in self._maps.items()},
            float(self._focal[index]) / self._colour.shape[2],
            int(self._kind[index]),
            () if self._objects is None else _objects_of(self._objects[index]),
        )


@lru_cache(maxsize=1024)
def _objects_of(line: str) -> tuple[VisibleObject, ...]:
    def tuples(fields: dict[str, Any]) -> dict[str, Any]:
        return {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}

    return tuple(VisibleObject(**tuples(fields)) for fields in json.loads(line))


class RenderedPictures(Dataset[Item]):
    """Pictures of several shards, each augmented anew whenever it is asked for.

    Items: `image` float32 (3, H, W) in [0, 1] and what `target` makes of the augmented sample.

    Parameters
    ----------
    shards : read from folders that exist.
    size : width and height of the items.
    target : what a task wants to know of a picture; may take random numbers.
    augmentation : what is done to a sample; `no_augmentation` for validation.
    seed : items depend on (seed, index) alone; `seed` changes every epoch.
    """

    def __init__(
        self,
        shards: list[Shard],
        size: Size,
        target: Callable[[Sample, Random], Item],
        augmentation: Augmentation = no_augmentation,
        seed: int = 0,
    ) -> None:
        self._shards = shards
        self._ends = np.cumsum([len(shard) for shard in shards])
        self._size = size
        self._target = target
        self._augmentation = augmentation
        self._seed = seed

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, index: int) -> Item:
        number = int(np.searchsorted(self._ends, index, side='right'))
        inside = index - (int(self._ends[number - 1]) if number else 0)
        random = np.random.default_rng((self._seed, index))
        sample = self._augmentation(self._shards[number][inside], self._size, random)
        return {'image': as_tensor(sample.image), **self._target(sample, random)}


def as_tensor(image: NDArray[np.uint8]) -> Tensor:
    """Return a picture (h, w, 3) as float32 (3, h, w) in [0, 1]."""
    return torch.from_numpy(image.transpose(2, 0, 1).copy()).float() / 255
