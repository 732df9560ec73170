# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The models that the package ships, on every engine a CPU has."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from diffperc_ros.bundle.locate import DEFAULT_BUNDLES, find_bundle, installed_bundles
from diffperc_ros.runtimes.options import EngineOptions
from diffperc_ros.runtimes.select import open_runtime

LARGEST_MB = 15


def test_every_task_has_a_model() -> None:
    assert set(DEFAULT_BUNDLES.values()) <= set(installed_bundles())


@pytest.mark.parametrize('name', sorted(DEFAULT_BUNDLES.values()))
def test_a_default_model_is_small(name: str) -> None:
    folder = find_bundle(name).path
    assert sum(file.stat().st_size for file in folder.iterdir()) <= LARGEST_MB * 1_000_000


@pytest.mark.parametrize('backend', ['onnxruntime', 'openvino'])
@pytest.mark.parametrize('name', sorted(DEFAULT_BUNDLES.values()))
def test_a_default_model_passes_its_golden_check(name: str, backend: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f'{backend} is not installed')
    options = EngineOptions(
        backend=backend, device='cpu', precision='fp32', engine_cache_dir=tmp_path
    )
    runtime = open_runtime(find_bundle(name), options)
    assert runtime.choice.self_test_passed
    assert runtime.choice.graph == find_bundle(name).graph('realtime').file
    runtime.close()
