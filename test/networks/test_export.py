# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from diffperc_ros.networks.configuration import VPDDepthConfig
from diffperc_ros.networks.vpd import VPDDepth
from networks.small import randomise


def test_exports_to_an_equal_graph(config: VPDDepthConfig, tmp_path: Path) -> None:
    onnx = pytest.importorskip('onnx')
    pytest.importorskip('onnxscript')
    onnxruntime = pytest.importorskip('onnxruntime')
    network = randomise(VPDDepth(config))
    image = torch.rand(1, 3, 64, 96)
    path = tmp_path / 'network.onnx'
    torch.onnx.export(
        network,
        (image,),
        path,
        dynamo=True,
        opset_version=18,
        external_data=False,
        input_names=['image'],
        output_names=['depth'],
        verbose=False,
    )
    # The exporter answers with another opset than was asked for when it cannot do that one.
    assert onnx.load(path).opset_import[0].version == 18
    session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
    (depth,) = session.run(['depth'], {'image': image.numpy()})
    with torch.no_grad():
        expected = network(image).numpy()
    assert expected.std() > 0.01
    np.testing.assert_allclose(depth, expected, atol=1e-4)
