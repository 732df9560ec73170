# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The ladder: what is tried, in which order, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.bundles import HEIGHT, WIDTH, write_brightness_bundle
from support.golden import golden_answer, write_golden_bundle
from support.scripted_runtime import ScriptedRuntime, constant_depth

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import (
    BundleError,
    OutputError,
    RuntimeUnavailableError,
    SettingError,
)
from diffperc_ros.runtimes import cpu_trial, rungs, select, self_test
from diffperc_ros.runtimes.forms import Dtype
from diffperc_ros.runtimes.options import EngineOptions, Notice
from diffperc_ros.runtimes.rungs import Opened, Request, Rung
from diffperc_ros.runtimes.select import open_runtime
from diffperc_ros.runtimes.self_test import SelfTestError
from diffperc_ros.runtimes.tensorrt.driver import Gpu, NoGpuError
from diffperc_ros.runtimes.tensorrt.errors import BuildCancelledError

IMAGE = np.full((1, 3, HEIGHT, WIDTH), 51, np.uint8)


def no_gpu() -> Gpu:
    raise NoGpuError('no NVIDIA driver here: made up')


def a_gpu() -> Gpu:
    return Gpu('Orin', '8.7', '12.6', 8192)


def rung(title: str, backend: str, device: str, problem: str = '') -> Rung:
    def open_it(_request: Request, dtype: Dtype) -> Opened:
        if problem:
            raise RuntimeUnavailableError(problem)
        runtime = ScriptedRuntime(constant_depth(1.0))
        runtime.name = title
        return Opened(runtime, dtype, None)

    dtypes: tuple[Dtype, ...] = ('float16', 'float32') if device == 'cuda' else ('float32',)
    return Rung(title, backend, device, dtypes, open_it)


class Ladder:
    """A ladder of scripted rungs on a machine with or without a GPU."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, bundle: Bundle, cache: Path) -> None:
        self.monkeypatch = monkeypatch
        self.bundle = bundle
        self.cache = cache
        self.notices: list[Notice] = []

    def set(self, gpu: bool, **problems: str) -> None:
        find = a_gpu if gpu else no_gpu
        self.monkeypatch.setattr(select, 'find_gpu', find)
        self.monkeypatch.setattr(rungs, 'find_gpu', find)
        on_gpu = [
            rung(title, title.split('-')[0], 'cuda', problems.get(title.replace('-', '_'), ''))
            for title in ('tensorrt-cuda', 'onnxruntime-cuda', 'torch-cuda')
        ]
        on_cpu = [rung('onnxruntime-cpu', 'onnxruntime', 'cpu', problems.get('cpu', ''))]
        self.monkeypatch.setattr(select, 'GPU_RUNGS', on_gpu)
        self.monkeypatch.setattr(cpu_trial, 'CPU_RUNGS', on_cpu)
        self.monkeypatch.setattr(select, 'LAST_RUNG', rung('torch-cpu', 'torch', 'cpu'))

    def open(self, **changes: Any) -> str:
        self.notices = []
        options = EngineOptions(engine_cache_dir=self.cache, **changes)
        return open_runtime(self.bundle, options, announce=self.notices.append).name

    @property
    def warnings(self) -> list[str]:
        return [notice.text for notice in self.notices if notice.level == 'warning']


@pytest.fixture
def ladder(monkeypatch: pytest.MonkeyPatch, brightness_bundle: Bundle, tmp_path: Path) -> Ladder:
    return Ladder(monkeypatch, brightness_bundle, tmp_path / 'cache')


@pytest.mark.parametrize(
    ('options', 'problems', 'taken'),
    [
        ({}, {}, 'tensorrt-cuda'),
        ({}, {'tensorrt_cuda': 'none'}, 'onnxruntime-cuda'),
        ({}, {'tensorrt_cuda': 'none', 'onnxruntime_cuda': 'none'}, 'torch-cuda'),
        ({'device': 'cpu'}, {}, 'onnxruntime-cpu'),
        ({'backend': 'onnxruntime'}, {}, 'onnxruntime-cuda'),
        ({'backend': 'onnxruntime'}, {'onnxruntime_cuda': 'none'}, 'onnxruntime-cpu'),
        ({'backend': 'torch', 'device': 'cpu'}, {}, 'torch-cpu'),
        ({'backend': 'torch'}, {'torch_cuda': 'none'}, 'torch-cpu'),
        ({'device': 'cpu'}, {'cpu': 'none'}, 'torch-cpu'),
    ],
)
def test_the_first_rung_that_holds_is_taken_and_the_others_are_announced(
    ladder: Ladder, options: dict[str, str], problems: dict[str, str], taken: str
) -> None:
    ladder.set(gpu=True, **problems)
    assert ladder.open(**options) == taken
    assert len(ladder.warnings) == len(problems)
    for problem in ladder.warnings:
        assert problem.startswith('passed over: ')
    assert 'runs on' in ladder.notices[-1].text


def test_a_machine_without_gpu_says_so_once_and_takes_the_cpu(ladder: Ladder) -> None:
    ladder.set(gpu=False)
    assert ladder.open() == 'onnxruntime-cpu'
    assert not ladder.warnings
    assert ladder.notices[0].text == 'the CPU is taken: no NVIDIA driver here: made up'


@pytest.mark.parametrize('backend', ['auto', 'tensorrt', 'onnxruntime', 'torch'])
def test_what_was_asked_of_a_gpu_never_ends_on_the_cpu(ladder: Ladder, backend: str) -> None:
    ladder.set(gpu=False)
    with pytest.raises(RuntimeUnavailableError, match='made up'):
        ladder.open(backend='onnxruntime', device='cuda')
    ladder.set(gpu=True, tensorrt_cuda='a', onnxruntime_cuda='b', torch_cuda='c')
    with pytest.raises(RuntimeUnavailableError):
        ladder.open(backend='onnxruntime', device='cuda')


@pytest.mark.parametrize(
    ('options', 'error', 'message'),
    [
        ({'backend': 'tensorflow'}, SettingError, "unknown backend 'tensorflow'; there are: auto"),
        ({'device': 'quantum'}, SettingError, 'unknown device'),
        ({'precision': 'int8'}, SettingError, 'unknown precision'),
        ({'engine_policy': 'never'}, SettingError, 'unknown engine_policy'),
        ({'self_test': 'maybe'}, SettingError, 'unknown self_test'),
        ({'engine_build_timeout_s': 5.0}, SettingError, r'must be 60\.\.14400, not 5'),
        ({'threads': -1}, SettingError, 'must not be negative'),
        ({'profile': 'paper'}, BundleError, "no profile 'paper'"),
        ({'backend': 'openvino', 'device': 'cuda'}, SettingError, "'openvino' does not run on"),
        ({'backend': 'tensorrt', 'device': 'cpu'}, SettingError, "'tensorrt' does not run on"),
        ({'backend': 'torch', 'device': 'cpu', 'precision': 'bf16'}, SettingError, "'bf16'"),
        ({'precision': 'fp16', 'device': 'cpu'}, RuntimeUnavailableError, 'computes in fp16'),
    ],
)
def test_unknown_choices_are_refused(
    ladder: Ladder, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    ladder.set(gpu=True)
    with pytest.raises(error, match=message):
        ladder.open(**options)


def test_an_engine_that_computes_wrongly_is_stepped_over(ladder: Ladder, tmp_path: Path) -> None:
    ladder.bundle = write_golden_bundle(tmp_path / 'golden')
    ladder.set(gpu=True)
    with pytest.raises(RuntimeUnavailableError, match=r'tensorrt-cuda: .*fails the golden check'):
        ladder.open()
    assert len(ladder.warnings) == 4
    with pytest.raises(SelfTestError):
        ladder.open(backend='tensorrt')
    assert ladder.open(self_test='warn') == 'tensorrt-cuda'
    assert ladder.open(self_test='off') == 'tensorrt-cuda'


def test_a_half_precision_engine_that_computes_wrongly_gives_way_to_fp32(
    ladder: Ladder, tmp_path: Path
) -> None:
    half = {'file': 'depth.onnx', 'dtype': 'float16', 'opset': 18}
    graphs = {'realtime': {**half, 'dtype': 'float32', 'alternatives': [half]}}
    tolerance = {
        name: {'relative_error': 0.01, 'rank_correlation': 0.9} for name in ('float32', 'float16')
    }
    ladder.bundle = write_golden_bundle(tmp_path / 'golden', tolerance, graphs=graphs)
    ladder.set(gpu=True)
    opened: list[Dtype] = []

    def right_in_fp32(_request: Request, dtype: Dtype) -> Opened:
        opened.append(dtype)
        return Opened(
            ScriptedRuntime(golden_answer(1.0 if dtype == 'float32' else 1.2)), dtype, None
        )

    rung = Rung('TensorRT', 'tensorrt', 'cuda', ('float16', 'float32'), right_in_fp32)
    ladder.monkeypatch.setattr(select, 'GPU_RUNGS', [rung])
    assert ladder.open() == 'scripted'
    assert opened == ['float16', 'float32']
    assert ladder.warnings[0].endswith('; float32 is tried')
    with pytest.raises(SelfTestError):
        ladder.open(precision='fp16', device='cuda')
    assert ladder.open(precision='fp32') == 'scripted'


def test_a_cache_that_cannot_be_written_costs_a_rung_and_a_cancelled_build_everything(
    ladder: Ladder,
) -> None:
    def fails(error: Exception) -> Rung:
        def open_it(_request: Request, _dtype: Dtype) -> Opened:
            raise error

        return Rung('TensorRT', 'tensorrt', 'cuda', ('float32',), open_it)

    ladder.set(gpu=True)
    others = select.GPU_RUNGS[1:]
    full = fails(OutputError('the disk is full'))
    ladder.monkeypatch.setattr(select, 'GPU_RUNGS', [full, *others])
    assert ladder.open() == 'onnxruntime-cuda'
    assert ladder.warnings == ['passed over: TensorRT: the disk is full']
    with pytest.raises(OutputError, match='the disk is full'):
        ladder.open(backend='tensorrt')
    cancelled = fails(BuildCancelledError('the build was cancelled'))
    ladder.monkeypatch.setattr(select, 'GPU_RUNGS', [cancelled, *others])
    with pytest.raises(BuildCancelledError):
        ladder.open()


def test_a_bundle_without_graphs_is_run_by_pytorch(ladder: Ladder, tmp_path: Path) -> None:
    network = {'file': 'mean_depth.npy', 'configuration': {}}
    ladder.bundle = write_brightness_bundle(tmp_path / 'bundle', graphs={}, network=network)
    ladder.set(gpu=False)
    assert ladder.open() == 'torch-cpu'


@pytest.mark.parametrize(
    ('taken', 'times'),
    [
        ('onnxruntime', {'ONNX Runtime': 1.0, 'OpenVINO': 2.0}),
        ('openvino', {'ONNX Runtime': 2.0, 'OpenVINO': 1.0}),
    ],
)
def test_the_fastest_cpu_engine_that_passes_is_taken_and_remembered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, taken: str, times: dict[str, float]
) -> None:
    pytest.importorskip('openvino', reason='OpenVINO is not installed (extra: openvino)')
    bundle = write_golden_bundle(tmp_path / 'golden')
    by_name = {'onnxruntime': times['ONNX Runtime'], 'openvino': times['OpenVINO']}
    measured: list[str] = []

    def milliseconds(runtime: Any, _request: Request) -> float:
        measured.append(runtime.name)
        return by_name[runtime.name]

    monkeypatch.setattr(cpu_trial, '_milliseconds', milliseconds)
    notices: list[Notice] = []
    options = EngineOptions(device='cpu', engine_cache_dir=tmp_path / 'cache')
    runtime = open_runtime(bundle, options, announce=notices.append)
    assert (runtime.name, runtime.choice.self_test_passed) == (taken, True)
    assert 'ONNX Runtime ' in notices[0].text
    assert 'is taken' in notices[0].text
    assert open_runtime(bundle, options).name == taken
    assert measured == ['onnxruntime', 'openvino'], 'the second time nothing is measured'
    # Another number of threads is another question.
    open_runtime(bundle, options, threads=1)
    assert len(measured) == 4


def test_a_real_trial_on_this_machine(tmp_path: Path) -> None:
    bundle = write_golden_bundle(tmp_path / 'golden')
    options = EngineOptions(device='cpu', engine_cache_dir=tmp_path / 'cache')
    depth = open_runtime(bundle, options).run({'image': IMAGE})['depth']
    np.testing.assert_allclose(depth, 0.5 + 51 / 255 * 4, rtol=1e-5)


def test_what_an_engine_took_of_the_gpu_is_told(
    ladder: Ladder, monkeypatch: pytest.MonkeyPatch, brightness_bundle: Bundle
) -> None:
    free = iter([1000, 640, 500, 640])
    monkeypatch.setattr(self_test, 'free_memory_mib', lambda: next(free))
    ladder.set(gpu=True)
    assert open_runtime(brightness_bundle).choice.gpu_memory_mib == 360
    given_back = open_runtime(brightness_bundle).choice.gpu_memory_mib
    assert given_back == 0, 'another process gave memory back meanwhile'
    assert open_runtime(brightness_bundle, device='cpu').choice.gpu_memory_mib is None


def test_a_driver_that_does_not_tell_its_memory_stops_nothing(
    ladder: Ladder, monkeypatch: pytest.MonkeyPatch, brightness_bundle: Bundle
) -> None:
    def broken() -> int:
        raise NoGpuError('the driver does not say')

    monkeypatch.setattr(self_test, 'free_memory_mib', broken)
    ladder.set(gpu=True)
    runtime = open_runtime(brightness_bundle)
    assert (runtime.name, runtime.choice.gpu_memory_mib) == ('tensorrt-cuda', None)


def test_weights_that_do_not_fit_the_gpu_are_not_loaded(
    brightness_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (select, rungs):
        monkeypatch.setattr(module, 'find_gpu', a_gpu)
    monkeypatch.setattr(rungs, 'free_memory_mib', lambda: 0)
    notices: list[Notice] = []
    with pytest.raises(
        RuntimeUnavailableError, match='does not fit Orin: the weights: at least 1'
    ):
        open_runtime(
            brightness_bundle,
            backend='onnxruntime',
            device='cuda',
            precision='fp32',
            announce=notices.append,
        )
    assert 'memory of Orin for the weights: at least 1 MiB needed, 0 of 8192 free' in [
        notice.text for notice in notices
    ]
