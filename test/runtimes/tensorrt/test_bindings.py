# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Does every TensorRT have what we call? Asked of the real bindings, on stubs of the libraries.

The wheels come from tools/fetch_tensorrt_bindings; TENSORRT_BINDINGS names their folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.tensorrt_names import asked_for, cuda_names, tensorrt_names

FOLDER = Path(os.environ.get('TENSORRT_BINDINGS', '.tensorrt-bindings'))
WHEELS = sorted(FOLDER.glob('*.whl'))

# What the bindings call while they are imported, or want resolved; nothing of it does anything.
SYMBOLS = (
    'createInferBuilder_INTERNAL',
    'createInferRuntime_INTERNAL',
    'createInferRefitter_INTERNAL',
    'createNvOnnxParser_INTERNAL',
    'createNvOnnxParserRefitter_INTERNAL',
    'getNvOnnxParserVersion',
    'getPluginRegistry',
    'getBuilderPluginRegistry',
    'initLibNvInferPlugins',
    '_ZN11nvuffparser15createUffParserEv',
    '_ZN11nvuffparser8FieldMapC1EPKcPKvNS_9FieldTypeEi',
    '_ZN14nvcaffeparser117createCaffeParserEv',
    '_ZN14nvcaffeparser123shutdownProtobufLibraryEv',
)
LIBRARIES = ('libnvinfer', 'libnvinfer_plugin', 'libnvonnxparser', 'libnvparsers')

ASK = """
import ctypes, functools, json, sys
folder, libraries, owners = sys.argv[1], sys.argv[2].split(), sys.argv[3].split()
for library in libraries:
    ctypes.CDLL(f'{folder}/{library}', mode=ctypes.RTLD_GLOBAL)
sys.path.insert(0, folder)
import tensorrt_bindings as trt
def find(owner):
    parts = [] if owner == 'tensorrt' else owner.split('.')
    return functools.reduce(lambda value, part: getattr(value, part, None), parts, trt)
print(json.dumps({'version': trt.__version__, **{owner: dir(find(owner)) for owner in owners}}))
"""


@pytest.fixture(scope='module', params=WHEELS, ids=lambda wheel: wheel.name.split('-')[1])
def names(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """The names that a wheel has, by class."""
    if shutil.which('cc') is None:
        pytest.skip('no C compiler to make stubs with')
    folder = tmp_path_factory.mktemp('bindings')
    with zipfile.ZipFile(request.param) as archive:
        archive.extractall(folder)
    major = request.param.name.split('-')[1].split('.')[0]
    code = ''.join(f'int {symbol}(void) {{ return 0; }}\n' for symbol in SYMBOLS)
    libraries = [f'{library}.so.{major}' for library in LIBRARIES]
    for library in libraries:
        command = ['cc', '-shared', '-fPIC', f'-Wl,-soname,{library}', '-x', 'c', '-', '-o']
        subprocess.run([*command, str(folder / library)], input=code, text=True, check=True)
    owners = sorted({owner for owner, _ in tensorrt_names()})
    run = subprocess.run(
        [sys.executable, '-c', ASK, str(folder), ' '.join(libraries), ' '.join(owners)],
        capture_output=True,
        text=True,
        check=True,
    )
    answers: dict[str, list[str]] = json.loads(run.stdout)
    return answers


def test_everything_is_there_or_asked_for(names: dict[str, list[str]]) -> None:
    # The latter four are used only where what is asked for is there, or is not.
    optional = asked_for() | {'progress_monitor', 'EXPLICIT_BATCH', 'FP16', 'device_memory_size'}
    missing = {
        f'{owner}.{name}'
        for owner, name in tensorrt_names()
        if name not in names[owner] and name not in optional
    }
    assert not missing, f'TensorRT {names["version"]} lacks {sorted(missing)}'


def test_a_network_can_be_made_in_one_of_the_two_ways(names: dict[str, list[str]]) -> None:
    typed = 'STRONGLY_TYPED' in names['NetworkDefinitionCreationFlag']
    untyped = 'EXPLICIT_BATCH' in names['NetworkDefinitionCreationFlag']
    assert typed or (untyped and 'FP16' in names['BuilderFlag'])


def test_an_engine_tells_its_scratch_memory(names: dict[str, list[str]]) -> None:
    assert {'device_memory_size', 'device_memory_size_v2'} & set(names['ICudaEngine'])


def test_the_source_is_read_right() -> None:
    names = tensorrt_names()
    assert {
        ('tensorrt', 'Builder'),
        ('Builder', 'build_serialized_network'),
        ('OnnxParser', 'parse_from_file'),
        ('ICudaEngine', 'get_tensor_shape'),
        ('IExecutionContext', 'execute_async_v3'),
        ('BuilderFlag', 'TF32'),
        ('ParserError', 'desc'),
    } <= names
    assert {'IProgressMonitor', 'STRONGLY_TYPED'} <= asked_for()


@pytest.mark.skipif(not WHEELS, reason='no wheels: run tools/fetch_tensorrt_bindings')
def test_the_oldest_and_the_newest_are_among_the_wheels() -> None:
    majors = {wheel.name.split('-')[1].split('.')[0] for wheel in WHEELS}
    assert {'8', '10', '11'} <= majors


def test_cuda_python_has_every_name() -> None:
    runtime = pytest.importorskip('cuda.bindings.runtime', reason='no cuda-bindings here')
    names = cuda_names()
    assert {'cudaMalloc', 'cudaGraphInstantiateWithFlags', 'cudaMemcpyHostToDevice'} <= names
    kinds = (runtime.cudaMemcpyKind, runtime.cudaStreamCaptureMode, runtime.cudaError_t)
    missing = {
        name
        for name in names
        if not hasattr(runtime, name) and not any(hasattr(kind, name) for kind in kinds)
    }
    assert not missing
