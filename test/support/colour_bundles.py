# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Tiny segmentation and query bundles whose answers can be worked out by hand.

The segmentation's three classes are red, green and blue: a channel's logit is the picture's
channel times ten. The query's words are the same colours: a phrase's logit is ten times the
picture's channels weighted by the words, minus half; a word such as 'thing' weighs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.labels import write_labels
from diffperc_ros.bundle.write import write_bundle
from diffperc_ros.core.labels import Label
from support.bundles import HEIGHT, WIDTH, manifest

COLOURS = ('red', 'green', 'blue')
LABELS = (
    Label(0, 'red', (255, 0, 0)),
    Label(1, 'green', (0, 255, 0)),
    Label(2, 'blue', (0, 0, 255)),
)
TOKENS = 4
WORDS = {'[PAD]': 0, '[UNK]': 1, 'the': 2, 'thing': 3, 'red': 4, 'green': 5, 'blue': 6}
WEIGHTS = np.array(
    [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], np.float32
)


def _model(
    name: str, nodes: list[Any], inputs: list[Any], outputs: list[Any], constants: dict[str, Any]
) -> onnx.ModelProto:
    initializers = [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()]
    graph = helper.make_graph(nodes, name, inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 18)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def segmentation_graph() -> onnx.ModelProto:
    """Return a graph: uint8 image (1, 3, H, W) -> logits (1, 3, H, W) = image / 25.5."""
    nodes = [
        helper.make_node('Cast', ['image'], ['float'], to=TensorProto.FLOAT),
        helper.make_node('Mul', ['float', 'scale'], ['logits']),
    ]
    shape = [1, 3, HEIGHT, WIDTH]
    return _model(
        'colours',
        nodes,
        [helper.make_tensor_value_info('image', TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info('logits', TensorProto.FLOAT, shape)],
        {'scale': np.float32(1 / 25.5)},
    )


def query_graph() -> onnx.ModelProto:
    """Return a graph: image, context (1, TOKENS, 3) -> logits (1, 1, H, W)."""
    nodes = [
        helper.make_node('Cast', ['image'], ['float'], to=TensorProto.FLOAT),
        helper.make_node('Mul', ['float', 'scale'], ['scaled']),
        helper.make_node('ReduceSum', ['context', 'token_axis'], ['summed'], keepdims=0),
        helper.make_node('Reshape', ['summed', 'shape'], ['weights']),
        helper.make_node('Mul', ['scaled', 'weights'], ['weighted']),
        helper.make_node('ReduceSum', ['weighted', 'colour_axis'], ['total'], keepdims=1),
        helper.make_node('Sub', ['total', 'half'], ['logits']),
    ]
    return _model(
        'query',
        nodes,
        [
            helper.make_tensor_value_info('image', TensorProto.UINT8, [1, 3, HEIGHT, WIDTH]),
            helper.make_tensor_value_info('context', TensorProto.FLOAT, [1, TOKENS, 3]),
        ],
        [helper.make_tensor_value_info('logits', TensorProto.FLOAT, [1, 1, HEIGHT, WIDTH])],
        {
            'scale': np.float32(1 / 25.5),
            'half': np.float32(5),
            'token_axis': np.array([1], np.int64),
            'colour_axis': np.array([1], np.int64),
            'shape': np.array([1, 3, 1, 1], np.int64),
        },
    )


def text_graph() -> onnx.ModelProto:
    """Return a graph: tokens int64 (1, TOKENS) -> context (1, TOKENS, 3)."""
    return _model(
        'text',
        [helper.make_node('Gather', ['table', 'tokens'], ['context'])],
        [helper.make_tensor_value_info('tokens', TensorProto.INT64, [1, TOKENS])],
        [helper.make_tensor_value_info('context', TensorProto.FLOAT, [1, TOKENS, 3])],
        {'table': WEIGHTS},
    )


def write_tokenizer(file: Path) -> None:
    """Write a tokenizer of the few words above."""
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token='[UNK]'))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(file))


def _without_depth(**changes: Any) -> dict[str, Any]:
    content = manifest()
    for key in ('depth', 'baselines', 'prompt'):
        del content[key]
    return {**content, **changes}


def _nothing(_folder: Path) -> None:
    """Write no further file."""


def write_segmentation_bundle(
    path: Path,
    labels: tuple[Label, ...] = LABELS,
    write_more: Callable[[Path], None] = _nothing,
    **changes: Any,
) -> Bundle:
    """Write the tiny segmentation bundle to `path` and open it."""

    def write_files(folder: Path) -> None:
        write_more(folder)
        onnx.save(segmentation_graph(), folder / 'segmentation.onnx')
        write_labels(folder / 'labels.yaml', labels)

    content = _without_depth(
        name='colours',
        task='segmentation',
        segmentation={'labels': 'labels.yaml'},
        graphs={'realtime': {'file': 'segmentation.onnx', 'dtype': 'float32', 'opset': 18}},
        **changes,
    )
    return write_bundle(path, content, write_files)


def write_query_bundle(
    path: Path, write_more: Callable[[Path], None] = _nothing, **changes: Any
) -> Bundle:
    """Write the tiny query bundle to `path` and open it."""

    def write_files(folder: Path) -> None:
        write_more(folder)
        onnx.save(query_graph(), folder / 'query.onnx')
        onnx.save(text_graph(), folder / 'text.onnx')
        write_tokenizer(folder / 'tokenizer.json')

    content = _without_depth(
        name='coloured-things',
        task='query',
        query={
            'text': {'tokenizer': 'tokenizer.json', 'graph': 'text.onnx', 'tokens': TOKENS},
        },
        graphs={'realtime': {'file': 'query.onnx', 'dtype': 'float32', 'opset': 18}},
        **changes,
    )
    return write_bundle(path, content, write_files)
