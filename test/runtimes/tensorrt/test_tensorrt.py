# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from support.bundles import HEIGHT, WIDTH, expected_depth

from diffperc_ros.core.errors import InferenceError, OutOfMemoryError, RuntimeUnavailableError
from diffperc_ros.runtimes.self_test import SelfTestError
from diffperc_ros.runtimes.tensorrt.errors import EngineBuildError, EngineMissingError

IMAGE = np.full((1, 3, HEIGHT, WIDTH), 51, np.uint8)


def leftovers() -> int:
    from cuda.bindings import runtime

    return int(runtime.left_over())


def test_an_engine_is_built_checked_run_and_kept(desk: Any) -> None:
    runtime = desk.open()
    np.testing.assert_allclose(runtime.run({'image': IMAGE})['depth'], expected_depth(51))
    again = runtime.run({'image': IMAGE + 1})['depth']
    np.testing.assert_allclose(again, expected_depth(52), err_msg='one answer for all inputs')
    assert (runtime.name, runtime.version, runtime.device) == ('tensorrt', '10.9.0.34', 'Orin')
    assert (runtime.choice.engine_source, runtime.choice.self_test_passed) == ('built', True)
    runtime.close()
    runtime.close()
    with pytest.raises(InferenceError, match='closed'):
        runtime.run({'image': IMAGE})
    assert leftovers() == 0
    assert 'building a TensorRT 10.9.0.34 engine (float32) of brightness-realtime' in desk.said
    assert not desk.rubbish

    runtime = desk.open(engine_policy='require_prebuilt')
    assert runtime.choice.engine_source == 'cache'
    assert 'building' not in desk.said
    runtime.close()


def test_answers_belong_to_the_caller(desk: Any) -> None:
    runtime = desk.open()
    first = runtime.run({'image': IMAGE})['depth']
    kept = first.copy()
    runtime.run({'image': IMAGE + 50})
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize(
    ('inputs', 'message'),
    [
        ({}, 'the graph takes'),
        ({'image': IMAGE.astype(np.float32)}, "input 'image' is float32"),
        ({'image': IMAGE[..., :-1]}, r"input 'image' is uint8 \(1, 3, 48, 63\)"),
    ],
)
def test_wrong_inputs_are_refused_by_name(desk: Any, inputs: Any, message: str) -> None:
    with pytest.raises(InferenceError, match=message):
        desk.open().run(inputs)


def test_without_a_cuda_graph_it_runs_all_the_same(desk: Any, fake_tensorrt: Any) -> None:
    fake_tensorrt(cuda={'capture': 'fail'})
    runtime = desk.open()
    np.testing.assert_allclose(runtime.run({'image': IMAGE})['depth'], expected_depth(51))
    runtime.close()
    assert leftovers() == 0


def test_a_gpu_that_breaks_is_an_error_and_can_still_be_closed(
    desk: Any, fake_tensorrt: Any
) -> None:
    runtime = desk.open()
    fake_tensorrt(cuda={'run': 'fail'})
    with pytest.raises(InferenceError, match='cudaStreamSynchronize gives cudaErrorLaunchFailure'):
        runtime.run({'image': IMAGE})
    runtime.close()


@pytest.mark.parametrize(
    ('capture', 'trouble', 'message'),
    [
        ('ok', {'cuda': {'run': 'memory'}}, 'cudaGraphLaunch gives cudaErrorMemoryAllocation'),
        ('fail', {'execute': 'memory', 'cuda': {'capture': 'fail'}}, 'out of memory'),
    ],
)
def test_memory_that_runs_out_has_its_own_error_and_may_come_back(
    desk: Any, fake_tensorrt: Any, capture: str, trouble: dict[str, Any], message: str
) -> None:
    fake_tensorrt(cuda={'capture': capture})
    runtime = desk.open()
    fake_tensorrt(**trouble)
    with pytest.raises(OutOfMemoryError, match=message):
        runtime.run({'image': IMAGE})
    runtime.free_caches()
    fake_tensorrt(**{**trouble, 'execute': 'false', 'cuda': {'capture': capture}})
    if capture == 'fail':  # not for the reason of the failure before
        with pytest.raises(InferenceError, match='logged no reason') as error:
            runtime.run({'image': IMAGE})
        assert not isinstance(error.value, OutOfMemoryError)
    fake_tensorrt(cuda={'capture': capture})
    np.testing.assert_allclose(runtime.run({'image': IMAGE})['depth'], expected_depth(51))


@pytest.mark.parametrize(
    ('script', 'error', 'message'),
    [
        (
            {'builder': 'null'},
            EngineBuildError,
            'gave no builder .*factory function',
        ),
        ({'parse': 'fail'}, EngineBuildError, 'does not read the graph: No importer .* Mystery'),
        ({'build': 'null'}, EngineBuildError, 'Could not find any implementation for node X'),
        ({'build': 'memory'}, EngineBuildError, 'out of memory.*add swap'),
        ({'build': 'kill'}, EngineBuildError, 'was killed, most likely because memory.*swap'),
        ({'build': 'crash'}, EngineBuildError, 'died of SIGABRT'),
        ({'build': 'disk'}, EngineBuildError, 'File too large'),
        ({'build': 'garbage'}, RuntimeUnavailableError, 'gave no engine: Serialization assertion'),
        ({'runtime': 'null'}, RuntimeUnavailableError, 'gave no runtime .*factory function'),
        ({'deserialize': 'null'}, RuntimeUnavailableError, 'gave no engine: Serialization'),
        ({'context': 'null'}, RuntimeUnavailableError, 'gave no context: TensorRT logged no'),
        ({'execute': 'false'}, RuntimeUnavailableError, 'does not run: TensorRT failed'),
        (
            {'cuda': {'malloc': 'memory'}},
            RuntimeUnavailableError,
            'cudaErrorMemoryAllocation .Orin has 8192 MiB',
        ),
        ({'cuda': {'driver': 'old'}}, RuntimeUnavailableError, 'not be newer than the driver'),
        ({'version': '8.5.2.2'}, RuntimeUnavailableError, 'TensorRT 8.6 or later is needed'),
    ],
)
def test_failures_say_what_and_leave_nothing(
    desk: Any, fake_tensorrt: Any, script: dict[str, Any], error: type[Exception], message: str
) -> None:
    fake_tensorrt(**script)
    with pytest.raises(error, match=message):
        desk.open()
    assert leftovers() == 0
    assert not desk.rubbish
    if error is EngineBuildError:
        assert not desk.engines


@pytest.mark.parametrize('script', [{'build': 'kill'}, {'build': 'disk'}, {'build': 'null'}])
def test_a_failed_rebuild_keeps_the_engine_that_was_there(
    desk: Any, fake_tensorrt: Any, script: dict[str, Any]
) -> None:
    desk.open().close()
    fake_tensorrt(**script)
    with pytest.raises(EngineBuildError):
        desk.open(engine_policy='force_rebuild')
    fake_tensorrt()
    runtime = desk.open(engine_policy='require_prebuilt')
    assert runtime.choice.engine_source == 'cache'


@pytest.mark.parametrize(
    ('execute', 'figure'),
    [
        ('scale', 'relative error 0.'),
        ('constant', 'rank correlation 0.00000'),
        ('nan', "'depth' of golden input 0 is not finite in 3072 of 3072 values"),
        ('alternate', 'is not repeatable: the same input gave answers that differ by 0.'),
    ],
)
def test_an_engine_that_computes_wrongly_is_refused_by_figure(
    desk: Any, fake_tensorrt: Any, execute: str, figure: str
) -> None:
    fake_tensorrt(execute=execute)
    with pytest.raises(SelfTestError, match='fails the golden check of brightness') as refusal:
        desk.open()
    assert figure in str(refusal.value)
    assert 'tensorrt 10.9.0.34 on Orin' in str(refusal.value)
    assert leftovers() == 0
    # A failure is not remembered as a pass, and the option decides.
    with pytest.raises(SelfTestError):
        desk.open()
    runtime = desk.open(self_test='warn')
    assert runtime.choice.self_test_passed is False
    assert any(n.level == 'warning' and figure in n.text for n in desk.notices)
    assert desk.open(self_test='off').choice.self_test == 'off'


@pytest.mark.parametrize(
    ('damage', 'message'),
    [
        (lambda data: data[:-1], 'truncated or altered'),
        (lambda data: bytes([data[0] ^ 1]) + data[1:], 'truncated or altered'),
        (lambda data: b'', 'truncated or altered'),
    ],
)
def test_damaged_engines_never_reach_tensorrt(desk: Any, damage: Any, message: str) -> None:
    desk.open().close()
    (engine,) = desk.engines
    whole = engine.read_bytes()
    engine.write_bytes(damage(whole))
    with pytest.raises(EngineMissingError, match=f'{message}.*run diffperc build'):
        desk.open(engine_policy='require_prebuilt')
    assert desk.open().choice.engine_source == 'built'
    assert message in desk.said
    assert engine.read_bytes() == whole


def test_an_engine_that_is_whole_and_refused_is_built_anew_once(
    desk: Any, fake_tensorrt: Any, tmp_path: Any
) -> None:
    fake_tensorrt(journal=str(tmp_path / 'journal'))
    desk.open().close()
    fake_tensorrt(journal=str(tmp_path / 'journal'), deserialize='null')
    with pytest.raises(RuntimeUnavailableError, match='gave no engine'):
        desk.open()
    assert len((tmp_path / 'journal').read_text().splitlines()) == 2
    with pytest.raises(RuntimeUnavailableError, match='gave no engine'):
        desk.open(engine_policy='require_prebuilt')


def test_every_field_of_the_key_is_named_when_it_changes(desk: Any) -> None:
    desk.open().close()
    (engine,) = desk.engines
    sidecar = engine.with_suffix('.json')
    content = json.loads(sidecar.read_text())
    assert content['key']['gpu'] == 'Orin'
    for field in content['key']:
        changed = {**content, 'key': {**content['key'], field: 'something else'}}
        sidecar.write_text(json.dumps(changed))
        with pytest.raises(EngineMissingError, match=f"{field} 'something else' there"):
            desk.open(engine_policy='require_prebuilt')
    sidecar.write_text('no json')
    with pytest.raises(EngineMissingError, match='no engine for brightness-realtime'):
        desk.open(engine_policy='require_prebuilt')


def test_another_tensorrt_gets_another_engine_and_says_why(desk: Any, fake_tensorrt: Any) -> None:
    desk.open().close()
    fake_tensorrt(version='10.11.0.33')
    runtime = desk.open()
    assert runtime.choice.engine_source == 'built'
    assert "tensorrt '10.9.0.34' there, '10.11.0.33' here" in desk.said
    assert len(desk.engines) == 2


def test_superseded_engines_are_removed(desk: Any, fake_tensorrt: Any) -> None:
    for patch in range(5):
        fake_tensorrt(version=f'10.9.0.{patch}')
        desk.open().close()
    assert len(desk.engines) == 3
    assert len(list(desk.engines[0].parent.glob('*.json'))) == 3
    assert not any('10.9.0.1-' in engine.name for engine in desk.engines)


def test_known_issues_are_told_before_time_is_spent(desk: Any, fake_tensorrt: Any) -> None:
    fake_tensorrt(version='10.3.0.26')
    desk.open()
    threads = [n.text for n in desk.notices if n.level == 'warning']
    assert len(threads) == 1, 'the other report of 10.3 is about float16'
    assert 'github.com/NVIDIA/TensorRT/issues/4419' in threads[0]
    assert desk.notices[0].text == threads[0]


def test_memory_that_does_not_suffice_is_told_in_mib(desk: Any, fake_tensorrt: Any) -> None:
    desk.open().close()
    needed = 'memory of Orin for what the engine computes with: at least 1 MiB needed, 4096 of'
    assert needed in desk.said
    for script, message in (
        ({'cuda': {'free_mib': 0}}, 'the weights of the engine: at least 1 MiB needed, 0 of 8192'),
        ({'scratch_mib': 5000}, 'computes with: at least 5000 MiB needed, 4096 of 8192 free; end'),
    ):
        fake_tensorrt(**script)
        with pytest.raises(RuntimeUnavailableError, match=message):
            desk.open()
        assert leftovers() == 0


def test_a_pass_is_remembered_with_the_engine(desk: Any, fake_tensorrt: Any) -> None:
    desk.open().close()
    # Wrong from now on; but these are the bytes that passed, on this driver.
    fake_tensorrt(execute='scale')
    assert desk.open().choice.self_test_passed is True
    with pytest.raises(SelfTestError):
        desk.open(engine_policy='force_rebuild')


def test_a_rebuilt_engine_takes_the_place_of_the_one_that_runs(
    desk: Any, fake_tensorrt: Any
) -> None:
    runtime = desk.open()
    one_engine = leftovers()
    fake_tensorrt(execute='scale')
    with pytest.raises(SelfTestError):
        desk.open(engine_policy='force_rebuild')
    fake_tensorrt()
    np.testing.assert_allclose(runtime.run({'image': IMAGE})['depth'], expected_depth(51))
    runtime.exchange(desk.open(engine_policy='force_rebuild'))
    assert leftovers() == one_engine
    np.testing.assert_allclose(runtime.run({'image': IMAGE})['depth'], expected_depth(51))
    assert runtime.choice.engine_source == 'built'
    runtime.close()
    assert leftovers() == 0
