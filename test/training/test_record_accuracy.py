# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from diffperc_ros.bundle.bundle import Bundle, open_bundle
from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.training.record_accuracy import markdown_table, record_accuracy


def document(sha256: str, dataset: str, abs_rel: float) -> dict[str, Any]:
    scores = {'abs_rel': abs_rel, 'rmse': 0.5, 'delta1': 0.75, 'silog': 9.0}
    both = {'metric': scores, 'median_scaled': scores}
    return {
        'provenance': {
            'protocol': {'dataset': dataset, 'cap': 10.0},
            'bundle': {'name': 'brightness', 'sha256': sha256},
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
    table = markdown_table(record_accuracy(bundle.path, files))
    accuracy = open_bundle(bundle.path).manifest.accuracy
    assert [entry.dataset for entry in accuracy] == ['attic', 'cellar']
    assert accuracy[1].metrics['metric'] == {'abs_rel': 0.3, 'rmse': 0.5, 'delta1': 0.75}
    assert accuracy[0].protocol == 'cap: 10.0'
    assert '| **mean of sets** | model | 0.200 | 0.500 | 0.750 |' in table


def test_figures_of_another_bundle_are_refused(bundle: Bundle, tmp_path: Path) -> None:
    file = tmp_path / 'other.json'
    file.write_text(json.dumps(document('0' * 64, 'attic', 0.1)))
    with pytest.raises(EvaluationError, match='another brightness'):
        record_accuracy(bundle.path, [file])
    assert open_bundle(bundle.path).sha256 == bundle.sha256
