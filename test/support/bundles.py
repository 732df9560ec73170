# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A tiny depth bundle whose answer can be worked out by hand: darker is nearer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.write import write_bundle

WIDTH, HEIGHT = 64, 48
FOCAL_LENGTH = 60.0
MIN_DEPTH, MAX_DEPTH = 0.1, 10.0


def expected_depth(grey: float) -> float:
    """Return the depth in metres that the graph gives a pixel of this grey value, 0..255."""
    return 0.5 + grey / 255.0 * 4.0


def brightness_graph(width: int = WIDTH, height: int = HEIGHT) -> onnx.ModelProto:
    """Return a graph: uint8 image (1, 3, H, W) -> depth (1, 1, H, W) = 0.5 + 4 mean / 255."""
    constants = {
        'scale': np.array(4.0 / 255.0, np.float32),
        'offset': np.array(0.5, np.float32),
        'axis': np.array([1], np.int64),
    }
    nodes = [
        helper.make_node('Cast', ['image'], ['float'], to=TensorProto.FLOAT),
        helper.make_node('ReduceMean', ['float', 'axis'], ['mean'], keepdims=1),
        helper.make_node('Mul', ['mean', 'scale'], ['scaled']),
        helper.make_node('Add', ['scaled', 'offset'], ['depth']),
    ]
    graph = helper.make_graph(
        nodes,
        'brightness',
        [helper.make_tensor_value_info('image', TensorProto.UINT8, [1, 3, height, width])],
        [helper.make_tensor_value_info('depth', TensorProto.FLOAT, [1, 1, height, width])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 18)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def manifest(**changes: Any) -> dict[str, Any]:
    """Return the content of a valid bundle.yaml, without `files`, with top-level changes."""
    return {
        'format': 1,
        'name': 'brightness',
        'task': 'depth',
        'method': 'test',
        'licence': 'Apache-2.0',
        'description': 'depth from brightness, for tests',
        'training': {'data': 'none'},
        'input': {'width': WIDTH, 'height': HEIGHT},
        'depth': {
            'kind': 'metric',
            'min_depth': MIN_DEPTH,
            'max_depth': MAX_DEPTH,
            'focal_length': FOCAL_LENGTH,
            'field_of_view': [30.0, 90.0],
        },
        'prompt': {'source': 'learned'},
        'graphs': {'realtime': {'file': 'depth.onnx', 'dtype': 'float32', 'opset': 18}},
        'baselines': {'median_depth': 1.7, 'mean_map': 'mean_depth.npy'},
        **changes,
    }


def write_brightness_bundle(path: Path, **changes: Any) -> Bundle:
    """Write the tiny bundle to `path` and open it."""

    def write_files(folder: Path) -> None:
        onnx.save(brightness_graph(), folder / 'depth.onnx')
        np.save(folder / 'mean_depth.npy', np.full((12, 16), 1.9, np.float32))

    return write_bundle(path, manifest(**changes), write_files)
