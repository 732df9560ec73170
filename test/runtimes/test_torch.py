# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from support.bundles import brightness_graph, manifest

torch = pytest.importorskip('torch', reason='PyTorch is not installed (extra: networks)')

from support.networks import TINY

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.write import write_bundle
from diffperc_ros.core.errors import (
    BundleError,
    InferenceError,
    OutOfMemoryError,
    RuntimeUnavailableError,
)
from diffperc_ros.networks.factory import build, save
from diffperc_ros.networks.graphs import graph_of
from diffperc_ros.networks.serialization import to_dict
from diffperc_ros.runtimes import rungs, select
from diffperc_ros.runtimes.select import open_runtime
from diffperc_ros.runtimes.tensorrt.driver import Gpu
from diffperc_ros.runtimes.torch import TorchRuntime


@pytest.fixture(scope='module')
def network() -> Any:
    torch.manual_seed(0)
    return build(TINY).eval()


def bundle_with(network: Any, configuration: dict[str, Any], path: Path, **changes: Any) -> Bundle:
    def write_files(folder: Path) -> None:
        onnx.save(brightness_graph(64, 64), folder / 'depth.onnx')
        save(network, folder / 'network.safetensors')

    content = manifest(
        input={'width': 64, 'height': 64},
        baselines=None,
        prompt={'source': 'class_mean', 'names': list('abcde')},
        network={'file': 'network.safetensors', 'configuration': configuration},
    )
    content.update(changes)
    return write_bundle(path, content, write_files)


def test_the_reference_runs_from_the_bundle(network: Any, tmp_path: Path) -> None:
    bundle = bundle_with(network, to_dict(TINY), tmp_path / 'bundle')
    runtime = open_runtime(bundle, backend='torch', threads=1)
    image = np.random.default_rng(0).integers(0, 256, (1, 3, 64, 64), dtype=np.uint8)
    with torch.inference_mode():
        expected = network(torch.from_numpy(image) / 255).numpy()
    np.testing.assert_allclose(runtime.run({'image': image})['depth'], expected, rtol=1e-6)
    with pytest.raises(InferenceError, match="input 'image'"):
        runtime.run({'image': image[..., :32]})
    runtime.close()
    with pytest.raises(InferenceError, match='closed'):
        runtime.run({'image': image})


def test_a_prompt_that_can_be_chosen_is_an_input(network: Any, tmp_path: Path) -> None:
    prompt = {'source': 'class_mean', 'names': list('abcde'), 'input': 'room'}
    bundle = bundle_with(network, to_dict(TINY), tmp_path / 'bundle', prompt=prompt)
    runtime = open_runtime(bundle, backend='torch', threads=1)
    image = np.random.default_rng(0).integers(0, 256, (1, 3, 64, 64), dtype=np.uint8)
    graph = graph_of(copy.deepcopy(network))
    for row in (0, 5):
        room = np.array([row], np.int32)
        with torch.inference_mode():
            expected = graph(torch.from_numpy(image), torch.from_numpy(room)).numpy()
        found = runtime.run({'image': image, 'room': room})['depth']
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    with pytest.raises(InferenceError, match='room'):
        runtime.run({'image': image})


@pytest.mark.parametrize(
    ('fail', 'kind'),
    [
        (lambda: torch.empty(1 << 44), OutOfMemoryError),
        (lambda: np.empty(1 << 50), OutOfMemoryError),
        (lambda: torch.ones(2) @ torch.ones(3), InferenceError),
    ],
)
def test_memory_that_runs_out_has_its_own_error(
    network: Any, fail: Any, kind: type[Exception], tmp_path: Path
) -> None:
    bundle = bundle_with(network, to_dict(TINY), tmp_path / 'bundle')
    runtime = TorchRuntime(bundle, threads=1)
    runtime.graph.register_forward_pre_hook(lambda *_arguments: fail())
    with pytest.raises(InferenceError) as error:
        runtime.run({'image': np.zeros((1, 3, 64, 64), np.uint8)})
    assert type(error.value) is kind
    runtime.free_caches()
    runtime.close()


@pytest.mark.parametrize('prompt', [None, {'source': 'class_mean', 'names': list('abc')}])
def test_a_prompt_of_another_table_is_refused(
    network: Any, prompt: dict[str, Any] | None, tmp_path: Path
) -> None:
    bundle = bundle_with(network, to_dict(TINY), tmp_path / 'bundle', prompt=prompt)
    with pytest.raises(BundleError, match='5 scene classes'):
        open_runtime(bundle, backend='torch')


def test_weights_of_another_width_are_refused(network: Any, tmp_path: Path) -> None:
    configuration = to_dict(TINY)
    configuration['head']['decoder_channels'] = 4
    bundle = bundle_with(network, configuration, tmp_path / 'bundle')
    with pytest.raises(BundleError, match='network'):
        open_runtime(bundle, backend='torch')


def test_an_unknown_setting_of_the_network_is_refused(network: Any, tmp_path: Path) -> None:
    configuration = {**to_dict(TINY), 'width': 3}
    bundle = bundle_with(network, configuration, tmp_path / 'bundle')
    with pytest.raises(BundleError, match='width'):
        open_runtime(bundle, backend='torch')


def test_a_device_that_is_not_there_is_refused(network: Any, tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip('this machine has a CUDA device')
    bundle = bundle_with(network, to_dict(TINY), tmp_path / 'bundle')
    with pytest.raises(RuntimeUnavailableError, match="no device 'cuda'"):
        TorchRuntime(bundle, device='cuda')


def test_weights_that_do_not_fit_the_gpu_are_not_loaded(
    network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = bundle_with(network, to_dict(TINY), tmp_path / 'bundle')
    for module in (select, rungs):
        monkeypatch.setattr(module, 'find_gpu', lambda: Gpu('Orin', '8.7', '12.6', 8192))
    monkeypatch.setattr(rungs, 'free_memory_mib', lambda: 0)
    with pytest.raises(RuntimeUnavailableError, match='does not fit Orin: the weights: at least'):
        open_runtime(bundle, backend='torch', device='cuda')
