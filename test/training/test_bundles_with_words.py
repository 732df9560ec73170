# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Runs of segmentation and query become bundles that perceivers run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from torch import Tensor

from diffperc_ros.bundle.bundle import open_bundle
from diffperc_ros.bundle.golden import load_golden
from diffperc_ros.bundle.labels import read_labels
from diffperc_ros.networks.factory import load, save
from diffperc_ros.scenes.classes import CLASSES
from diffperc_ros.training.bundle_query import bundle_query, load_query_network
from diffperc_ros.training.bundle_segmentation import bundle_segmentation
from diffperc_ros.training.bundling import rounded
from diffperc_ros.training.calibrate_query import absent_scores
from diffperc_ros.training.data.questions import examinations
from diffperc_ros.training.evaluate_query import PHRASES
from diffperc_ros.training.evaluate_query import report as query_report
from diffperc_ros.training.evaluate_segmentation import bundle_answer
from diffperc_ros.training.evaluate_segmentation import report as segmentation_report
from diffperc_ros.training.loop import WEIGHTS
from diffperc_ros.training.recipes.query import query_task
from diffperc_ros.training.recipes.segmentation import segmentation_task
from diffperc_ros.training.train_query import TOKENIZER
from training.tiny import QUERY, SEGMENTATION


def test_segmentation(shards_with_words: Path, tmp_path: Path) -> None:
    task = segmentation_task(SEGMENTATION)
    save(task.network, tmp_path / WEIGHTS)
    bundle = bundle_segmentation(SEGMENTATION, tmp_path, shards_with_words, tmp_path / 'made', 'x')
    assert open_bundle(bundle.path).sha256 == bundle.sha256
    assert [label.name for label in read_labels(bundle)] == list(CLASSES)
    assert bundle.manifest.training['note'] == 'x'
    assert bundle.graph('realtime').storage_dtype == 'int8'
    (answer,) = load_golden(bundle)[0].outputs.values()
    assert answer.shape == (1, len(CLASSES), 8, 8)

    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    network = rounded(load(SEGMENTATION.network, tmp_path / WEIGHTS))
    with torch.inference_mode():
        tensor = torch.from_numpy(image.transpose(2, 0, 1)[None].copy()).float() / 255
        expected = network(tensor)[0].argmax(dim=0).numpy()
    assert (bundle_answer(bundle)(image) == expected).mean() > 0.98

    figures = segmentation_report(bundle, [shards_with_words / 'shard-00015'])
    assert figures['frames'] == 8
    assert figures['baselines']['majority_map']['all']['pixel_accuracy'] > 0.8


def test_query(
    shards_with_words: Path, tmp_path: Path, tokenizer: Tokenizer, vectors: Tensor
) -> None:
    task = query_task(QUERY, tokenizer, vectors)
    save(task.network, tmp_path / WEIGHTS)
    tokenizer.save(str(tmp_path / TOKENIZER))
    bundle = bundle_query(QUERY, tmp_path, shards_with_words, tmp_path / 'made')
    assert open_bundle(bundle.path).sha256 == bundle.sha256
    assert bundle.query.score_threshold == 0.0
    one, two = load_golden(bundle)[:2]
    assert one.inputs['context'].shape == (1, 12, 8)
    assert (one.inputs['context'] != two.inputs['context']).any()
    again = load_query_network(QUERY, tmp_path)
    assert all(
        torch.equal(value, again.state_dict()[name])
        for name, value in task.network.state_dict().items()
    )
    examined = list(examinations([shards_with_words / 'shard-00015'], phrases=8, pictures=2))
    absent = [q for picture in examined for q in picture.questions if not q.mask.any()]
    assert len(absent_scores(bundle.path, examined)) == len(absent) > 0
    figures = query_report(bundle, [shards_with_words / 'shard-00015'], pictures=2)
    assert figures['frames'] == 2
    asked = figures['baselines']['mean_mask']['trained_combinations']['phrases']
    assert 0 < asked <= 2 * PHRASES


def test_the_recipe_is_that_of_the_run(tmp_path: Path, shards_with_words: Path) -> None:
    task = segmentation_task(SEGMENTATION)
    save(task.network, tmp_path / WEIGHTS)
    other = replace(SEGMENTATION, network=replace(SEGMENTATION.network, attention_map_levels=(1,)))
    with pytest.raises(RuntimeError, match='size mismatch'):
        bundle_segmentation(other, tmp_path, shards_with_words, tmp_path / 'made')
    assert not (tmp_path / 'made').exists()
