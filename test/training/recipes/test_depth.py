# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.networks import TINY, write_shard

from diffperc_ros.training.data.dataset import training_shards
from diffperc_ros.training.recipes.depth import SMALL_INDOOR, depth_task


def test_depth_is_told_for_the_canonical_lens(tmp_path: Path) -> None:
    write_shard(tmp_path, 0)
    task = depth_task(replace(SMALL_INDOOR, network=TINY, focal_length=0.5))
    item = task.held_out(training_shards(tmp_path, 1), (64, 64))[0]
    assert item['depth'].shape == (1, 64, 64)
    # Cut to a square, 72 of 96 pixels: the lens is 96/72 widths long now.
    stored = np.load(tmp_path / 'shard-00000' / 'depth.npy')[0, 36, 48] / 1000
    assert item['depth'][0, 32, 32].item() == pytest.approx(stored * 0.5 * 72 / 96, rel=0.02)
