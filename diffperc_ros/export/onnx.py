# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A network's graph in the form of ONNX: traced, and written without traces of who made it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import onnx
import onnx_ir as ir
import torch
from torch import Tensor, nn

from diffperc_ros.core.errors import OutputError, SettingError
from diffperc_ros.networks.graphs import OUTPUTS, TASKS, ImageGraph

OPSET = 18
"""Read by TensorRT 10 and later and by every CPU engine; GroupNormalization of opset 21 and later
is known to go wrong in several TensorRT releases."""

SMALLEST_SIDE, LARGEST_SIDE = 32, 4096
"""Of a picture, pixels: one cell of the merged features; what no camera here exceeds."""

ONE_FILE = 1 << 30
"""Bytes of weights up to which a graph is one file. A protobuf file cannot exceed 2 GiB."""


def export_graph(graph: ImageGraph, width: int, height: int) -> ir.Model:
    """Trace a graph for one size of picture.

    Parameters
    ----------
    graph : as `networks.graphs.graph_of` makes it, usually reduced.
    width, height : of the picture, pixels.

    Raises
    ------
    SettingError : a size that no network here takes.
    OutputError : the exporter wrote another opset than asked for, as it does in silence, or
        operators outside the standard.
    """
    check_size(width, height)
    return trace(graph, graph.example_inputs(width, height), OUTPUTS[TASKS[graph.method]])


def trace(module: nn.Module, inputs: Mapping[str, Tensor], output: str) -> ir.Model:
    """Trace a module for inputs of fixed shapes.

    Parameters
    ----------
    module : put into evaluation mode.
    inputs : examples by name, in the order of the module's arguments.
    output : name of its answer.

    Raises
    ------
    OutputError : as `export_graph`.
    """
    # The exporter warns of libraries that have nothing to do with this.
    logging.getLogger('torch.onnx').setLevel(logging.ERROR)
    program = torch.onnx.export(
        module.eval(),
        tuple(inputs.values()),
        dynamo=True,
        opset_version=OPSET,
        input_names=list(inputs),
        output_names=[output],
        external_data=False,
        verbose=False,
    )
    if program is None:
        raise OutputError('the ONNX exporter gave no program')
    model: ir.Model = program.model
    check_operators(model, OPSET)
    _forget_the_machine(model)
    return model


def check_size(width: int, height: int) -> None:
    """Refuse a size of picture that no network here takes.

    Raises
    ------
    SettingError : says which side, and what is allowed.
    """
    for name, side in (('width', width), ('height', height)):
        if not SMALLEST_SIDE <= side <= LARGEST_SIDE:
            raise SettingError(
                f'{name} {side}: a graph takes pictures of {SMALLEST_SIDE} to {LARGEST_SIDE} '
                'pixels a side'
            )


def check_operators(model: ir.Model, opset: int) -> None:
    """Check that a graph holds standard operators of one opset and nothing else.

    Raises
    ------
    OutputError : it does not.
    """
    written = model.opset_imports.get('')
    if written != opset:
        raise OutputError(f'asked for opset {opset}, the exporter wrote opset {written}')
    foreign = {f'{node.domain}.{node.op_type}' for node in model.graph.all_nodes() if node.domain}
    if foreign or model.functions:
        raise OutputError(f'not of standard ONNX: {sorted(foreign) or list(model.functions)}')


def weight_bytes(model: ir.Model) -> int:
    """Return the size of all weights of a graph, bytes."""
    weights = (value.const_value for value in model.graph.initializers.values())
    return sum(int(weight.nbytes) for weight in weights if weight is not None)


def save_graph(model: ir.Model, path: Path, one_file: int = ONE_FILE) -> tuple[str, ...]:
    """Write a graph, its weights in a file of their own where one file would be too large.

    Parameters
    ----------
    model : as `export_graph` makes it.
    path : .onnx file to write.
    one_file : bytes of weights up to which they stay in the graph's own file.

    Returns
    -------
    Names of the files beside `path` that hold weights: none, or one.
    """
    if weight_bytes(model) <= one_file:
        ir.save(model, path)
        onnx.checker.check_model(path)
        return ()
    data = data_name(path)
    ir.save(model, path, external_data=data)
    onnx.checker.check_model(path)
    return (data,)


def data_name(path: Path) -> str:
    """Return the name of the file that holds the weights of the graph at `path`."""
    return f'{path.name}.data'


def _forget_the_machine(model: ir.Model) -> None:
    """Remove what the exporter notes of source files and versions."""
    graph = model.graph
    model.metadata_props.clear()
    graph.metadata_props.clear()
    graph.doc_string = model.doc_string = None
    for value in (*graph.inputs, *graph.initializers.values()):
        value.metadata_props.clear()
        value.doc_string = None
    for node in graph.all_nodes():
        node.metadata_props.clear()
        node.doc_string = None
        for value in node.outputs:
            value.metadata_props.clear()
