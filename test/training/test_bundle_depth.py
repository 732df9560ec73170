# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.networks import TINY, write_shard

from diffperc_ros.bundle.bundle import open_bundle
from diffperc_ros.core.frame import Frame, Stamp
from diffperc_ros.perception.depth import DepthEstimator
from diffperc_ros.runtimes.select import open_runtime
from diffperc_ros.training.bundle_depth import bundle_depth
from diffperc_ros.training.loop import train
from diffperc_ros.training.recipe import Stage
from diffperc_ros.training.recipes.depth import SCENE_KINDS, SMALL_INDOOR, depth_task


def test_a_run_becomes_a_bundle_that_runs(tmp_path: Path) -> None:
    data = tmp_path / 'shards'
    for number in (0, 1):
        write_shard(data, number)
    stages = (Stage(64, 64, 4, 3, 3e-3, 1e-3, shards=2),)
    small = replace(SMALL_INDOOR, network=TINY, stages=stages, warmup_steps=1)
    train(depth_task(small), data, tmp_path / 'run', workers=0)
    bundle = bundle_depth(small, tmp_path / 'run', data, tmp_path / 'bundle')
    assert open_bundle(bundle.path).sha256 == bundle.sha256
    assert bundle.manifest.depth.focal_length == pytest.approx(0.9 * 64)
    runtime = open_runtime(bundle)
    seen = Frame(np.zeros((64, 64, 3), np.uint8), Stamp(0, 0), 'optical')
    depths = [
        DepthEstimator(bundle, runtime, scene=scene).perceive(seen).values
        for scene in ('', *SCENE_KINDS)
    ]
    assert all(depth.shape == (64, 64) and (depth > 0).all() for depth in depths)
    assert not np.array_equal(depths[1], depths[2]), 'the scene is told'
