# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support.networks import write_shard

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.training.data.augment import LETTERBOX_GREY, Sample, augment, no_augmentation
from diffperc_ros.training.data.dataset import (
    RenderedPictures,
    Shard,
    is_validation,
    training_shards,
    validation_shards,
    wait_for,
)
from diffperc_ros.training.data.statistics import depth_statistics


def plane(width: int = 96, height: int = 72, depth: float = 2.0) -> Sample:
    random = np.random.default_rng(3)
    image = random.integers(1, 256, (height, width, 3), dtype=np.uint8)
    return Sample(image, {'depth': np.full((height, width), depth, np.float32)}, 1.1)


def pictures_of(folder: Path, shards: int, seed: int = 0, **settings: Any) -> RenderedPictures:
    """Pictures of the first shards whose target is their depth as it is stored, and their kind."""

    def target(sample: Sample, random: np.random.Generator) -> dict[str, torch.Tensor]:
        depth = torch.from_numpy(sample.maps['depth'].astype(np.float32))
        return {'depth': depth, 'kind': torch.tensor(sample.kind)}

    opened = [Shard(shard, ('depth',)) for shard in training_shards(folder, shards)]
    return RenderedPictures(opened, (64, 64), target, seed=seed, **settings)


def test_training_and_validation_never_share_a_shard(tmp_path: Path) -> None:
    train, held_out = training_shards(tmp_path, 100), validation_shards(tmp_path, 6)
    assert len(set(train)) == 100
    assert not set(train) & set(held_out)
    assert [int(shard.name[-5:]) for shard in held_out] == [15, 31, 47, 63, 79, 95]
    assert all(is_validation(int(shard.name[-5:])) for shard in held_out)


def test_pictures_of_all_shards_are_reached(tmp_path: Path) -> None:
    for number in (0, 1):
        write_shard(tmp_path, number)
    pictures = pictures_of(tmp_path, 2)
    assert len(pictures) == 16
    first, last = pictures[0], pictures[15]
    assert first['image'].shape == (3, 64, 64)
    assert (int(first['kind']), int(last['kind'])) == (0, 2)
    stored = np.load(tmp_path / 'shard-00000' / 'depth.npy')[0, 36, 48]
    assert first['depth'][32, 32].item() == pytest.approx(stored, rel=0.02)


@pytest.mark.parametrize('seed', range(12))
def test_zooming_changes_the_lens_and_not_the_depth(seed: int) -> None:
    sample = augment(plane(), (64, 64), np.random.default_rng(seed))
    known = sample.maps['depth'] > 0
    assert set(np.unique(sample.maps['depth'][known])) == {np.float32(2.0)}
    assert sample.focal_length >= 1.1 * 96 / 72 - 1e-6
    assert sample.image.shape == (64, 64, 3)


def test_the_same_seed_gives_the_same_picture() -> None:
    one, two, other = (
        augment(plane(), (64, 64), np.random.default_rng(seed)).image for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_letterbox_bars_hold_no_depth() -> None:
    for seed in range(200):
        sample = augment(plane(), (64, 64), np.random.default_rng(seed))
        unknown = sample.maps['depth'] == 0
        if unknown.any():
            assert (sample.image[unknown] == LETTERBOX_GREY).all()
            assert unknown.mean() < 0.55
            return
    pytest.fail('no letterbox in 200 samples')


def test_without_augmentation_the_centre_is_kept() -> None:
    sample = no_augmentation(plane(), (64, 64), np.random.default_rng(0))
    assert sample.focal_length == pytest.approx(1.1 * 96 / 72)


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match='shard-00000'):
        wait_for(training_shards(tmp_path, 1), 0.0)


def test_baselines_of_a_known_set(tmp_path: Path) -> None:
    shard = tmp_path / 'shard-00000'
    shard.mkdir()
    depth = np.full((4, 24, 32), 2000, np.uint16)
    depth[:, :12] = 4000
    depth[0, 0, 0] = 0
    np.save(shard / 'depth.npy', depth)
    np.save(shard / 'focal.npy', np.full(4, 16, np.float32))
    statistics = depth_statistics([shard])
    assert statistics.pictures == 4
    assert statistics.median_depth == 2.0
    np.testing.assert_allclose(statistics.mean_map[:12], 8.0, rtol=1e-6)
    np.testing.assert_allclose(statistics.mean_map[12:], 4.0, rtol=1e-6)


def test_items_depend_on_seed_and_index_alone(tmp_path: Path) -> None:
    write_shard(tmp_path, 0)
    sets = [pictures_of(tmp_path, 1, seed, augmentation=augment) for seed in (5, 5, 6)]
    one, two, other = (pictures[3]['image'] for pictures in sets)
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
