# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from diffperc_ros.bundle.bundle import Bundle, open_bundle
from diffperc_ros.bundle.manifest import Accuracy
from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.training.accuracy_entry import accuracy_entry, made_with
from diffperc_ros.training.record_accuracy import depth_table, mask_table, record_accuracy


def document(sha256: str, dataset: str, abs_rel: float) -> dict[str, Any]:
    scores = {'abs_rel': abs_rel, 'rmse': 0.5, 'delta1': 0.75, 'silog': 9.0}
    both = {'metric': scores, 'median_scaled': scores}
    return {
        'task': 'depth',
        'provenance': {
            'protocol': {'dataset': dataset, 'cap': 10.0},
            'bundle': {'name': 'brightness', 'sha256': sha256},
            'command': 'diffperc evaluate /home/me/attic',
        },
        'frames': {'evaluated': 3},
        'depth': both,
        'baselines': {'median_depth': both},
    }


@pytest.fixture
def bundle(brightness_bundle: Bundle, tmp_path: Path) -> Bundle:
    return open_bundle(Path(shutil.copytree(brightness_bundle.path, tmp_path / 'bundle')))


def test_figures_reach_the_manifest_and_the_table(bundle: Bundle, tmp_path: Path) -> None:
    files = []
    for name, value in (('attic', 0.1), ('cellar', 0.3)):
        files.append(tmp_path / f'{name}.json')
        files[-1].write_text(json.dumps(document(bundle.sha256, name, value)))
    table = depth_table(record_accuracy(bundle.path, files))
    accuracy = open_bundle(bundle.path).manifest.accuracy
    assert [entry.dataset for entry in accuracy] == ['attic', 'cellar']
    assert accuracy[1].metrics['metric'] == {'abs_rel': 0.3, 'rmse': 0.5, 'delta1': 0.75}
    assert accuracy[0].protocol == 'cap: 10.0'
    assert accuracy[0].command == 'diffperc evaluate attic --json evaluation.json'
    assert '| **mean of sets** | model | 0.200 | 0.500 | 0.750 |' in table


def examined(metrics: dict[str, Any], baseline: dict[str, Any]) -> dict[str, Any]:
    return {
        'bundle': 'small',
        'sha256': '0' * 64,
        'shards': ['shard-00000', 'shard-00001'],
        'frames': 5,
        'metrics': metrics,
        'baselines': {'by_place': baseline},
    }


def evaluated(task: str, scores: dict[str, Any], baseline: dict[str, Any]) -> dict[str, Any]:
    return {
        'task': task,
        'provenance': {
            'protocol': {'dataset': 'attic', 'tta': 'none'},
            'bundle': {'name': 'small', 'sha256': '0' * 64},
            'command': 'python -m tools.measure_masks',
        },
        'frames': {'evaluated': 5},
        task: scores,
        'baselines': {'by_place': baseline, 'not_there': None},
    }


MASKS = {'mean_iou': 0.51236, 'mean_accuracy': 0.6, 'pixel_accuracy': 0.7}
PHRASES = {'overall_iou': 0.4, 'mean_iou': 0.35}


@pytest.mark.parametrize(
    ('document', 'metrics', 'command'),
    [
        pytest.param(
            evaluated(
                'segmentation',
                {**MASKS, 'iou': {'floor': 0.9, 'bin': None}, 'coverage': 1.0},
                {**MASKS, 'iou': {'floor': 0.5, 'bin': None}},
            ),
            {'all': {**MASKS, 'mean_iou': 0.5124}, 'iou': {'floor': 0.9}},
            'python -m tools.measure_masks SETS --output output/masks',
            id='evaluate, masks',
        ),
        pytest.param(
            evaluated(
                'query',
                {
                    **PHRASES,
                    'precision': {'0.5': 0.3, '0.6': 0.2},
                    'missed': 0.1,
                    'absent_correct': None,
                },
                {'overall_iou': 0.1, 'mean_iou': 0.1, 'precision': None},
            ),
            {'all': {**PHRASES, 'missed': 0.1, 'precision_at_0.5': 0.3}},
            'python -m tools.measure_masks SETS --output output/masks',
            id='evaluate, phrases',
        ),
        pytest.param(
            examined({'all': MASKS, 'iou': {'floor': 0.9, 'bin': math.nan}}, {'all': MASKS}),
            {'all': {**MASKS, 'mean_iou': 0.5124}, 'iou': {'floor': 0.9}},
            'python -m diffperc_ros.training.evaluate_segmentation small --shards shard-00000 '
            '--shards shard-00001 --json evaluation.json',
            id='examination, masks',
        ),
        pytest.param(
            examined({'trained_combinations': PHRASES}, {'trained_combinations': PHRASES}),
            {'trained_combinations': PHRASES},
            'python -m diffperc_ros.training.evaluate_query small --shards shard-00000 '
            '--shards shard-00001 --json evaluation.json',
            id='examination, phrases',
        ),
    ],
)
def test_what_is_measured_of_masks_fits_the_manifest(
    document: dict[str, Any], metrics: dict[str, Any], command: str
) -> None:
    entry = accuracy_entry(document)
    assert entry['metrics'] == metrics
    assert entry['command'] == command
    assert list(entry['baselines']) == ['by_place']
    assert Accuracy.model_validate(entry, strict=True).frames == 5
    assert made_with(document) == ('small', '0' * 64)


def test_an_entry_tells_that_only_unseen_combinations_were_asked() -> None:
    scores = {'unseen_combinations': {'overall_iou': 0.5}}
    entry = accuracy_entry({**examined(scores, scores), 'unseen_only': True})
    assert 'only phrases that say a colour and a noun never trained together' in entry['protocol']
    assert entry['command'] == (
        'python -m diffperc_ros.training.evaluate_query small --shards shard-00000 '
        '--shards shard-00001 --unseen-only --json evaluation.json'
    )


def test_the_table_of_masks_has_a_column_per_answer() -> None:
    document = examined(
        {'all': MASKS, 'iou': {'floor': 0.9, 'bin': 0.125}},
        {'all': MASKS, 'iou': {'floor': 0.5, 'bin': math.nan}},
    )
    table = mask_table(accuracy_entry(document)).splitlines()
    assert table[0] == '| rendered scenes, shard-00000, shard-00001 (5) | model | by place |'
    assert '| iou: floor | 0.9 | 0.5 |' in table
    assert table[-1] == '| iou: bin | 0.125 |  |'


def test_figures_of_another_bundle_are_refused(bundle: Bundle, tmp_path: Path) -> None:
    file = tmp_path / 'other.json'
    file.write_text(json.dumps(document('0' * 64, 'attic', 0.1)))
    with pytest.raises(EvaluationError, match='another brightness'):
        record_accuracy(bundle.path, [file])
    assert open_bundle(bundle.path).sha256 == bundle.sha256
