# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

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
from diffperc_ros.core.errors import BundleError, InferenceError, RuntimeUnavailableError
from diffperc_ros.networks.factory import build, save
from diffperc_ros.networks.graph import DepthGraph
from diffperc_ros.networks.serialization import to_dict
from diffperc_ros.runtimes.select import open_runtime
from diffperc_ros.runtimes.torch import TorchRuntime


@pytest.fixture(scope='module')
def network() -> Any:
    torch.manual_seed(0)
    return build(TINY).eval()


def bundle_with(network: Any, configuration: dict[str, Any], path: Path) -> Bundle:
    def write_files(folder: Path) -> None:
        onnx.save(brightness_graph(64, 64), folder / 'depth.onnx')
        save(network, folder / 'network.safetensors')

    content = manifest(
        input={'width': 64, 'height': 64},
        baselines=None,
        network={'file': 'network.safetensors', 'configuration': configuration},
    )
    return write_bundle(path, content, write_files)


def test_the_reference_runs_from_the_bundle(network: Any, tmp_path: Path) -> None:
    bundle = bundle_with(network, to_dict(TINY), tmp_path / 'bundle')
    runtime = open_runtime(bundle, backend='torch', threads=1)
    image = np.random.default_rng(0).integers(0, 256, (1, 3, 64, 64), dtype=np.uint8)
    with torch.inference_mode():
        expected = DepthGraph(network)(torch.from_numpy(image)).numpy()
    np.testing.assert_allclose(runtime.run({'image': image})['depth'], expected, rtol=1e-6)
    with pytest.raises(InferenceError, match="input 'image'"):
        runtime.run({'image': image[..., :32]})
    runtime.close()
    with pytest.raises(InferenceError, match='closed'):
        runtime.run({'image': image})


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
