# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which names of TensorRT and CUDA our code uses, read from its source."""

from __future__ import annotations

import ast
from pathlib import Path

import diffperc_ros.runtimes.tensorrt as package

OWNERS = {
    'trt': 'tensorrt',
    'builder': 'Builder',
    'network': 'INetworkDefinition',
    'config': 'IBuilderConfig',
    'parser': 'OnnxParser',
    'parser.get_error()': 'ParserError',
    'cache': 'ITimingCache',
    'tensor': 'ITensor',
    'flags': 'NetworkDefinitionCreationFlag',
    'self._runtime': 'Runtime',
    'self._engine': 'ICudaEngine',
    'self._context': 'IExecutionContext',
}
"""Expression in the source -> class of TensorRT that it is of."""

SOURCES = sorted(Path(package.__file__).parent.glob('*.py'))
CUDA_SOURCES = ('cuda.py', 'graph.py', 'runtime.py')
TENSORRT_SOURCES = ('compile.py', 'library.py', 'progress.py', 'runtime.py')


def tensorrt_names() -> set[tuple[str, str]]:
    """Return (class, attribute) of everything that is used; 'tensorrt' is the module itself."""
    found = set()
    for source in SOURCES:
        if source.name in TENSORRT_SOURCES:
            for node in ast.walk(ast.parse(source.read_text())):
                if isinstance(node, ast.Attribute):
                    found.add((_owner(node.value), node.attr))
    return {(owner, name) for owner, name in found if owner}


def asked_for() -> set[str]:
    """Return the names that the code asks for with hasattr before it uses them."""
    return {
        node.args[1].value
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == 'hasattr'
        and isinstance(node.args[1], ast.Constant)
    }


def cuda_names() -> set[str]:
    """Return the functions and constants of CUDA that are used."""
    found = set()
    for source in SOURCES:
        if source.name in CUDA_SOURCES:
            for node in ast.walk(ast.parse(source.read_text())):
                text = None
                if isinstance(node, ast.Constant):
                    text = node.value
                elif isinstance(node, ast.Attribute):
                    text = node.attr
                if isinstance(text, str) and text.startswith('cuda') and text.isidentifier():
                    found.add(text)
    return found


def _owner(node: ast.expr) -> str:
    text = ast.unparse(node).replace('get_error(index)', 'get_error()')
    if text.startswith('trt.'):
        return text[len('trt.') :]
    return OWNERS.get(text, '')
