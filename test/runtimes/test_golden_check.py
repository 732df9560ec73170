# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from support.golden import golden_answer, golden_samples, write_golden_bundle
from support.scripted_runtime import Answer, ScriptedRuntime

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import InferenceError
from diffperc_ros.runtimes.golden_check import check_golden
from diffperc_ros.runtimes.protocol import Arrays

Answers = dict[str, np.ndarray]


@pytest.fixture(scope='module')
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return write_golden_bundle(tmp_path_factory.mktemp('golden') / 'bundle')


right = golden_answer()


def changed(change: object) -> Answer:
    def answer(call: int, inputs: Arrays) -> Answers:
        return {'depth': change(call, right(call, inputs)['depth'])}  # type: ignore[operator]

    return answer


def one_bad(_call: int, depth: np.ndarray) -> np.ndarray:
    depth[0, 0, 3, 4] = np.inf
    return depth


def fails(_call: int, _inputs: Arrays) -> Answers:
    raise InferenceError('the engine broke')


@pytest.mark.parametrize(
    ('answer', 'passed', 'text'),
    [
        (right, True, r'relative error 0 \(allowed 0.001\), rank correlation 1.00000'),
        (changed(lambda _, depth: depth * 1.2), False, r'relative error 0\.\d+ \(allowed 0.001\)'),
        (changed(lambda _, depth: -depth), False, 'rank correlation -1.00000'),
        (changed(one_bad), False, "'depth' of golden input 0 is not finite in 1 of 3072 values"),
        (changed(lambda _, depth: depth[..., 1:]), False, r'has shape \(1, 1, 48, 63\)'),
        (changed(lambda call, depth: depth + 0.5 * (call == 3)), False, '1 is not repeatable'),
        (lambda _call, _inputs: {'disparity': np.zeros(3)}, False, 'missing from the answers'),
        (fails, False, 'golden input 0: the engine broke'),
    ],
)
def test_the_verdict_names_the_figure(
    bundle: Bundle, answer: Answer, passed: bool, text: str
) -> None:
    verdict = check_golden(ScriptedRuntime(answer), bundle, 'float32')
    assert verdict.passed is passed
    assert re.search(text, verdict.text), verdict.text


def test_each_input_is_run_twice_in_turn(bundle: Bundle) -> None:
    seen: list[int] = []

    def answer(call: int, inputs: Arrays) -> Answers:
        samples = golden_samples()
        is_first = np.array_equal(inputs['image'], samples[0].inputs['image'])
        seen.append(0 if is_first else 1)
        return right(call, inputs)

    check_golden(ScriptedRuntime(answer), bundle, 'float32')
    assert seen == [0, 1, 0, 1]


def test_a_precision_without_tolerance_fails(bundle: Bundle) -> None:
    verdict = check_golden(ScriptedRuntime(right), bundle, 'float16')
    assert (verdict.passed, verdict.text) == (
        False,
        'the bundle tells no tolerance for float16, only for: float32',
    )


def test_without_golden_answers_nothing_is_said(brightness_bundle: Bundle) -> None:
    runtime = ScriptedRuntime(right)
    assert check_golden(runtime, brightness_bundle, 'float32').passed is None
    assert runtime.calls == 0


def test_the_tolerance_of_the_precision_counts(tmp_path: Path) -> None:
    loose = {'relative_error': 0.5, 'rank_correlation': 0.5}
    tight = {'relative_error': 0.001, 'rank_correlation': 0.5}
    bundle = write_golden_bundle(tmp_path / 'bundle', {'float32': tight, 'float16': loose})
    runtime = ScriptedRuntime(changed(lambda _, depth: depth * 1.05))
    assert check_golden(runtime, bundle, 'float32').passed is False
    assert check_golden(runtime, bundle, 'float16').passed is True
