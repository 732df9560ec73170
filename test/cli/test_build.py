# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.golden import write_golden_bundle
from support.tensorrt import Script, fake_tensorrt, has_gpu

from diffperc_ros.bundle.bundle import Bundle

__all__ = ['fake_tensorrt']

Diffperc = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return write_golden_bundle(tmp_path / 'bundle')


def test_an_engine_is_built_checked_and_named(
    diffperc: Diffperc, fake_tensorrt: Script, bundle: Bundle, tmp_path: Path
) -> None:
    cache, facts = tmp_path / 'cache', tmp_path / 'facts.json'
    common = (bundle.path, '--cache-dir', cache)
    status, output, errors = diffperc('build', *common, '--json', facts, '--workspace', 64)
    assert status == 0, errors
    content = json.loads(facts.read_text())
    assert output.strip() == f'{content["engine_file"]} (built, float32)'
    assert Path(content['engine_file']).is_file()
    assert (content['tensorrt'], content['self_test_passed']) == ('10.9.0.34', True)
    assert 'building a TensorRT' in errors
    assert 'golden check: relative error' in errors

    assert '(cache, float32)' in diffperc('build', *common, '--workspace', 64)[1]
    assert '(built, float32)' in diffperc('build', *common, '--workspace', 64, '--force')[1]
    assert '(built, float32)' in diffperc('build', *common)[1], 'another workspace'


@pytest.mark.parametrize(
    ('script', 'options', 'message'),
    [
        ({'build': 'kill'}, (), 'Error: the build was killed, most likely because memory ran out'),
        ({'execute': 'nan'}, (), 'fails the golden check of brightness'),
        ({}, ('--precision', 'fp16'), 'has no graph in float16; it has: float32 opset 18'),
        ({}, ('--profile', 'paper'), "no profile 'paper'"),
    ],
)
def test_what_goes_wrong_is_one_line(
    diffperc: Diffperc,
    fake_tensorrt: Script,
    bundle: Bundle,
    tmp_path: Path,
    script: dict[str, str],
    options: tuple[str, ...],
    message: str,
) -> None:
    fake_tensorrt(**script)
    status, output, errors = diffperc(
        'build', bundle.path, '--cache-dir', tmp_path / 'cache', *options
    )
    assert (status, output) == (1, '')
    assert message in errors.splitlines()[-1]


def test_without_a_driver_nothing_is_touched(diffperc: Diffperc, bundle: Bundle) -> None:
    if has_gpu():
        pytest.skip('this machine has a GPU')
    status, _, errors = diffperc('build', bundle.path)
    assert status == 1
    assert 'no NVIDIA driver here' in errors
