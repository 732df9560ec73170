# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from support.networks import TINY
from training.tiny import SEGMENTATION

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.factory import build, save
from diffperc_ros.scenes.classes import CLASSES
from diffperc_ros.training.data.dataset import training_shards
from diffperc_ros.training.loop import train
from diffperc_ros.training.recipes.segmentation import SMALL_INDOOR_SEGMENTATION, segmentation_task


def test_classes_count_from_zero_and_nothing_is_ignored(shards_with_words: Path) -> None:
    task = segmentation_task(SEGMENTATION)
    label = task.held_out(training_shards(shards_with_words, 1), (96, 72))[0]['label']
    assert set(label[:6].unique().tolist()) == {255}
    assert set(label[6:].unique().tolist()) == {CLASSES.index('floor'), CLASSES.index('object')}


def test_a_run_learns_what_the_floor_is(shards_with_words: Path, tmp_path: Path) -> None:
    train(
        segmentation_task(SEGMENTATION),
        shards_with_words,
        tmp_path,
        workers=0,
        report_every=100,
        save_every=40,
    )
    entry = json.loads((tmp_path / 'log.jsonl').read_text().splitlines()[-1])
    assert entry['pixel_accuracy'] > 0.6
    assert entry['iou_floor'] > 0.6
    assert np.isnan(entry['iou_sofa'])


def test_what_networks_share_is_taken_over(tmp_path: Path) -> None:
    torch.manual_seed(7)
    depth = build(TINY)
    save(depth, tmp_path / 'depth.safetensors')
    task = segmentation_task(SEGMENTATION, start=tmp_path / 'depth.safetensors')
    for part in ('backbone', 'prompt.adapter'):
        expected = depth.get_submodule(part).state_dict()
        found = task.network.get_submodule(part).state_dict()
        assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_start_of_another_width_or_method_is_refused(tmp_path: Path) -> None:
    tiny, other = tmp_path / 'tiny.safetensors', tmp_path / 'other.safetensors'
    save(build(TINY), tiny)
    with pytest.raises(SettingError, match=r'tiny.safetensors: not of the same shape'):
        segmentation_task(SMALL_INDOOR_SEGMENTATION, start=tiny)
    save(torch.nn.Linear(2, 2), other)
    with pytest.raises(SettingError, match=r'other.safetensors: lacks backbone.* of [0-9]+'):
        segmentation_task(SEGMENTATION, start=other)
