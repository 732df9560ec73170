# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from typing import Any

import pytest
from support.memory_source import MemorySource, ScriptedPredictor, flat

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.evaluation.depth.document import document_text, evaluation_document
from diffperc_ros.evaluation.depth.evaluate import evaluate
from diffperc_ros.evaluation.depth.protocol import Protocol

METRICS = ['abs_rel', 'sq_rel', 'rmse', 'rmse_log', 'log10', 'silog', 'delta1', 'delta2', 'delta3']
FIGURES = [f'{alignment}.{name}' for alignment in ('metric', 'median_scaled') for name in METRICS]
STABLE_KEYS = [
    'format',
    *(
        f'frames.{name}'
        for name in [
            'predictions',
            'truths',
            'unmatched_prediction',
            'unmatched_truth',
            'left_out',
            'failed',
            'without_truth',
            'without_answer',
            'evaluated',
            'metric',
        ]
    ),
    *(f'depth.{figure}' for figure in FIGURES),
    *(f'depth.pooled.{figure}' for figure in FIGURES),
    *(f'depth.by_range.0-2.{figure}' for figure in FIGURES),
    *(
        f'depth.by_range.{name}.{key}'
        for name in ('0-2', '2-5', '5-10', '10+')
        for key in ('pixels', 'share')
    ),
    *(f'depth.by_region.{name}.{figure}' for name in ('border', 'centre') for figure in FIGURES),
    'depth.metric_reason',
    'depth.coverage',
    'depth.median_scale',
    *(f'baselines.{name}.{figure}' for name in ('median_depth', 'mean_map') for figure in FIGURES),
    *(f'latency_ms.{name}' for name in ('p50', 'p95', 'mean', 'frames')),
    'notes',
    'per_frame',
    *(
        f'provenance.protocol.{name}'
        for name in [
            'dataset',
            'cap',
            'min_depth',
            'tolerance_ms',
            'crop',
            'alignment',
            'tta',
            'prompt_source',
            'resize',
            'pooling',
        ]
    ),
    'provenance.recording.name',
    'provenance.recording.sha256',
    'provenance.bundle',
    'provenance.engine',
    'provenance.versions.diffperc_ros',
    'provenance.versions.numpy',
    'provenance.hardware.processor',
    'provenance.hardware.cores',
    'provenance.created',
    'provenance.command',
]


def document(source: MemorySource, answer: Any, bundle: Bundle | None = None) -> dict[str, Any]:
    evaluation = evaluate(
        source,
        ScriptedPredictor([answer]),
        Protocol('memory'),
        bundle=bundle,
        truth_required=False,
    )
    text = document_text(evaluation_document(evaluation, 'diffperc evaluate memory'))
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def at(content: Any, path: str) -> Any:
    for key in path.split('.'):
        content = content[key]
    return content


@pytest.fixture(scope='module')
def complete(brightness_bundle: Bundle) -> dict[str, Any]:
    truth = {0: flat(1.0, 20, 30), 100: flat(1.5, 20, 30)}
    return document(MemorySource(truth), flat(1.2, 20, 30), brightness_bundle)


@pytest.mark.parametrize('path', STABLE_KEYS)
def test_the_keys_of_the_interface_are_there(complete: dict[str, Any], path: str) -> None:
    at(complete, path)


def test_figures_are_numbers_of_the_evaluation(complete: dict[str, Any]) -> None:
    assert at(complete, 'frames.evaluated') == 2
    assert at(complete, 'depth.metric.abs_rel') == pytest.approx((0.2 + 0.2) / 2)
    assert at(complete, 'depth.median_scaled.delta1') == 1.0
    assert at(complete, 'latency_ms.p50') == 10.0
    assert at(complete, 'provenance.command') == 'diffperc evaluate memory'
    assert [frame['metric']['abs_rel'] for frame in complete['per_frame']] == [
        pytest.approx(0.2),
        pytest.approx(0.2),
    ]


def test_what_does_not_exist_is_null_with_a_reason() -> None:
    relative = document(MemorySource({0: flat(1.0)}, has_camera=False), flat(1.2))

    assert at(relative, 'depth.metric') is None
    assert 'intrinsics' in at(relative, 'depth.metric_reason')
    assert at(relative, 'depth.by_range.10+.median_scaled') is None
    assert at(relative, 'baselines') == {}
    assert at(relative, 'per_frame')[0]['metric'] is None


def test_without_recorded_depth_there_are_no_figures() -> None:
    empty = document(MemorySource({}, frame_stamps_ms=[0]), flat(1.2))

    assert empty['depth'] is None
    assert at(empty, 'frames.evaluated') == 0
    assert at(empty, 'latency_ms.p50') == 10.0
