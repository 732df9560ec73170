# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from support.networks import TINY, write_shard

from diffperc_ros.bundle.bundle import open_bundle
from diffperc_ros.networks.factory import load
from diffperc_ros.runtimes.select import open_runtime
from diffperc_ros.training.bundle_depth import bundle_depth
from diffperc_ros.training.loop import train_depth
from diffperc_ros.training.recipe import SMALL_INDOOR, DepthRecipe, Stage


@pytest.fixture(scope='module')
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('shards')
    for number in (0, 1, 15):
        write_shard(folder, number)
    return folder


def recipe(*steps: int) -> DepthRecipe:
    stages = tuple(Stage(64, 64, 4, count, 3e-3, 1e-3, shards=2) for count in steps)
    return replace(SMALL_INDOOR, network=TINY, stages=stages, warmup_steps=1, average_decay=0.5)


def run(recipe: DepthRecipe, data: Path, output: Path) -> dict[str, torch.Tensor]:
    weights = train_depth(recipe, data, output, workers=0, report_every=100, save_every=3)
    return dict(load(recipe.network, weights).state_dict())


def test_a_run_that_was_cut_goes_on_and_one_that_is_done_stays(data: Path, tmp_path: Path) -> None:
    first = run(recipe(3), data, tmp_path)
    again = run(recipe(3), data, tmp_path)
    assert all(torch.equal(first[name], again[name]) for name in first)
    longer = run(recipe(3, 3), data, tmp_path)
    assert any(not torch.equal(first[name], longer[name]) for name in first)
    assert all(torch.isfinite(value).all() for value in longer.values())
    log = [json.loads(line) for line in (tmp_path / 'log.jsonl').read_text().splitlines()]
    assert [(entry['stage'], entry['step']) for entry in log] == [(0, 3), (1, 3)]
    assert all('abs_rel_median_scaled' in entry for entry in log)


def test_training_lowers_the_error(data: Path, tmp_path: Path) -> None:
    run(recipe(60), data, tmp_path)
    log = [json.loads(line) for line in (tmp_path / 'log.jsonl').read_text().splitlines()]
    assert log[-1]['abs_rel_metric'] < 0.8 * log[0]['abs_rel_metric']


def test_a_run_becomes_a_bundle_that_runs(data: Path, tmp_path: Path) -> None:
    small = recipe(3)
    run(small, data, tmp_path / 'run')
    bundle = bundle_depth(small, tmp_path / 'run', data, tmp_path / 'bundle')
    assert open_bundle(bundle.path).sha256 == bundle.sha256
    assert bundle.manifest.depth.focal_length == pytest.approx(0.9 * 64)
    image = torch.zeros((1, 3, 64, 64), dtype=torch.uint8).numpy()
    depth = open_runtime(bundle).run({'image': image})['depth']
    assert depth.shape == (1, 1, 64, 64)
    assert (depth > 0).all()
