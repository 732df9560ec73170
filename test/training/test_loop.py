# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from support.networks import TINY, write_shard

from diffperc_ros.networks.factory import load
from diffperc_ros.training.loop import train
from diffperc_ros.training.recipe import Stage
from diffperc_ros.training.recipes.depth import SMALL_INDOOR, DepthRecipe, depth_task


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
    task = depth_task(recipe)
    weights = train(task, data, output, workers=0, report_every=100, save_every=3)
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
