# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from diffperc_ros.benchmark.candidates import Candidate, candidates
from diffperc_ros.benchmark.interleaved import Measurement, measure
from diffperc_ros.benchmark.report import document_text, markdown, rows
from diffperc_ros.benchmark.worker import Loaded
from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import SettingError
from diffperc_ros.perception.inference import StageTimes
from diffperc_ros.runtimes.options import EngineOptions


def measurement(
    path: str, backend: str, inference: float, baseline_of: Any = '', device: str = 'cpu'
) -> Measurement:
    candidate = Candidate(path, path, backend, device, baseline_of=baseline_of)
    loaded = Loaded('1.0', 'CPU', 'float32', 'passed', None, 0.5)
    times = [StageTimes(1.0, inference, 2.0)] * 3
    return Measurement(candidate, loaded, None, times, 100.0)


def test_engines_take_turns_in_processes_of_their_own(
    brightness_bundle: Bundle, tmp_path: Path
) -> None:
    path = str(brightness_bundle.path)
    both = [
        Candidate(path, 'brightness', 'onnxruntime', 'cpu'),
        Candidate(path, 'brightness', 'tensorrt', 'cuda'),
        Candidate(str(tmp_path), 'nothing', 'onnxruntime', 'cpu'),
    ]
    seen: list[tuple[int, int]] = []
    options = EngineOptions(engine_cache_dir=tmp_path, self_test='off')
    good, without_gpu, without_bundle = measure(
        both, options, frames=3, warm_up=1, progress=lambda *turn: seen.append(turn)
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert len(good.times) == 3
    assert all(times.inference > 0 for times in good.times)
    assert good.loaded is not None
    assert good.loaded.graph == str(brightness_bundle.file('depth.onnx'))
    assert good.peak_mib is not None
    assert 20 < good.peak_mib < 4000
    assert without_gpu.times == []
    assert without_gpu.failure is not None
    assert 'bundle.yaml' in str(without_bundle.failure)


def test_a_run_that_is_stopped_keeps_what_it_has(
    brightness_bundle: Bundle, tmp_path: Path
) -> None:
    candidate = Candidate(str(brightness_bundle.path), 'brightness', 'onnxruntime', 'cpu')
    turns: list[int] = []
    (found,) = measure(
        [candidate],
        EngineOptions(engine_cache_dir=tmp_path),
        frames=1000,
        warm_up=0,
        progress=lambda done, _total: turns.append(done),
        stopped=lambda: len(turns) >= 2,
    )
    assert len(found.times) == 2


def test_every_engine_is_compared_with_its_own_baseline() -> None:
    found = rows(
        [
            measurement('a', 'torch', 40.0, 'own'),
            measurement('a', 'onnxruntime', 10.0),
            measurement('b', 'torch', 80.0, 'own'),
            measurement('b', 'onnxruntime', 10.0),
            measurement('c', 'onnxruntime', 10.0),
        ]
    )
    assert [row.speed_up for row in found] == [1.0, 4.0, 1.0, 8.0, None]


def test_a_named_baseline_is_that_of_all_on_its_device() -> None:
    found = rows(
        [
            measurement('a', 'onnxruntime', 10.0),
            measurement('b', 'onnxruntime', 20.0),
            measurement('a', 'tensorrt', 2.0, device='cuda'),
            measurement('b', 'torch', 40.0, 'all'),
        ]
    )
    assert [row.speed_up for row in found] == [4.0, 2.0, None, 1.0]


def test_the_table_and_the_document_say_what_was_not_measured() -> None:
    failed = Measurement(Candidate('a', 'a', 'tensorrt', 'cuda'), failure='no driver')
    found = [measurement('a', 'onnxruntime', 10.0), failed]
    text = markdown(found, 'diffperc benchmark a')
    assert '| a | onnxruntime cpu 1.0 | float32 | 1.0 | 10.0 | 10.0 | 2.0 | 13.0 | 13.0 |' in text
    assert 'Not measured: a on tensorrt cuda: no driver' in text
    assert '`diffperc benchmark a`' in text
    content = json.loads(document_text(found, 'diffperc benchmark a'))
    assert content['command'] == 'diffperc benchmark a'
    first, second = content['results']
    assert first['p50_ms'] == {'prepare': 1.0, 'inference': 10.0, 'interpret': 2.0, 'total': 13.0}
    assert len(first['times_ms']) == 3
    assert second['failure'] == 'no driver'


def test_candidates_are_what_was_asked_for(brightness_bundle: Bundle) -> None:
    found = candidates([brightness_bundle], None, ['onnxruntime:cpu'], 'realtime', 'fp32')
    assert [(one.title, one.precision) for one in found] == [('onnxruntime cpu', 'fp32')]
    # Without a network there is nothing that PyTorch could run.
    every = candidates([brightness_bundle], None, [], 'realtime', 'auto')
    assert 'torch' not in {one.backend for one in every}
    engines = ['onnxruntime:cpu', 'torch:cpu']
    baseline = candidates([brightness_bundle], brightness_bundle, engines, 'r', 'auto')
    assert [(one.backend, one.baseline_of) for one in baseline] == [
        ('onnxruntime', ''),
        ('torch', 'all'),
    ]
    for wrong in ('onnxruntime', 'auto:cpu', 'tensorflow:cpu', 'torch:tpu'):
        with pytest.raises(SettingError, match=f"unknown engine '{wrong}'; there are: tensorrt"):
            candidates([brightness_bundle], None, [wrong], 'realtime', 'auto')


def test_only_baselines_compute_attention_as_published(brightness_bundle: Bundle) -> None:
    found = candidates(
        [brightness_bundle],
        brightness_bundle,
        ['onnxruntime:cpu'],
        'realtime',
        'auto',
        'materialised',
    )
    assert [(one.backend, one.attention) for one in found] == [
        ('onnxruntime', 'fused'),
        ('torch', 'materialised'),
    ]
    assert found[1].title == 'torch cpu, attention as published'
