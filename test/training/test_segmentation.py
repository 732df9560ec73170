# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from support.networks import TINY

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.factory import build, save
from diffperc_ros.scenes.classes import CLASSES
from diffperc_ros.training.dataset import training_shards
from diffperc_ros.training.loop import train
from diffperc_ros.training.segmentation import SMALL_INDOOR_SEGMENTATION, segmentation_task
from training.tiny import SEGMENTATION


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


def test_a_backbone_is_taken_over(tmp_path: Path) -> None:
    torch.manual_seed(7)
    depth = build(TINY)
    save(depth, tmp_path / 'depth.safetensors')
    task = segmentation_task(SEGMENTATION, backbone=tmp_path / 'depth.safetensors')
    expected = depth.backbone.state_dict()
    found = task.network.backbone.state_dict()
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_backbone_of_another_width_is_refused(tmp_path: Path) -> None:
    save(build(TINY), tmp_path / 'tiny.safetensors')
    with pytest.raises(SettingError, match=r'tiny.safetensors: its backbone is not'):
        segmentation_task(SMALL_INDOOR_SEGMENTATION, backbone=tmp_path / 'tiny.safetensors')
