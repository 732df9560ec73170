# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A network as an ONNX graph: fp32 arithmetic, weights stored in half the bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from diffperc_ros.core.errors import OutputError

OPSET = 18
"""Read by TensorRT 10 and later and by every CPU engine; GroupNormalization of opset 21 and later
is known to go wrong in several TensorRT releases."""

SMALL = 64
"""Initializers of fewer elements stay fp32: they are no share of the size."""


def export_depth_graph(graph: nn.Module, width: int, height: int) -> onnx.ModelProto:
    """Trace a network of the form `networks.graph.DepthGraph`.

    Parameters
    ----------
    graph : uint8 image (1, 3, height, width) -> float32 depth (1, 1, height, width), eval mode.
    width, height : fixed input size, pixels.

    Raises
    ------
    OutputError : the exporter wrote another opset than asked for, as it does in silence.
    """
    image = torch.zeros((1, 3, height, width), dtype=torch.uint8)
    program = torch.onnx.export(
        graph.eval(),
        (image,),
        dynamo=True,
        opset_version=OPSET,
        input_names=['image'],
        output_names=['depth'],
        external_data=False,
        verbose=False,
    )
    if program is None:
        raise OutputError('the ONNX exporter gave no program')
    model = program.model_proto
    written = {entry.domain: entry.version for entry in model.opset_import}.get('')
    if written != OPSET:
        raise OutputError(f'asked for opset {OPSET}, the exporter wrote opset {written}')
    return model


def store_weights_as_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the same graph with large fp32 weights stored as fp16 and cast back on loading.

    Engines fold the casts when they load the graph, so arithmetic stays fp32 and speed the same.

    Raises
    ------
    OutputError : a weight does not fit into fp16's range.
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    casts = []
    for initializer in graph.initializer:
        values = numpy_helper.to_array(initializer)
        if values.dtype != np.float32 or values.size < SMALL:
            continue
        with np.errstate(over='ignore'):
            half = values.astype(np.float16)
        if not np.isfinite(half).all():
            raise OutputError(f'weight {initializer.name} does not fit into fp16')
        name = initializer.name
        initializer.CopyFrom(numpy_helper.from_array(half, f'{name}.half'))
        casts.append(helper.make_node('Cast', [f'{name}.half'], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    # Shapes of intermediate values are inferred again by whoever loads the graph.
    del graph.value_info[:]
    onnx.checker.check_model(result)
    return result


def save_graph(model: onnx.ModelProto, path: Path) -> None:
    """Write a graph into one file, free of traces of the machine that made it."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ''
    for group in (model.graph.input, model.graph.output, model.graph.initializer):
        for value in group:
            del value.metadata_props[:]
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    model.graph.doc_string = ''
    onnx.save(model, path)
