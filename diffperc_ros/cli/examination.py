# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Everything that decides what this package can do on this machine."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from diffperc_ros import __version__
from diffperc_ros.bundle.locate import DEFAULT_DEPTH_BUNDLE, find_bundle, installed_bundles
from diffperc_ros.cli.libraries import Finding, probe_library, probe_providers
from diffperc_ros.core.errors import DiffpercError

OLDEST_NUMPY, FIRST_NUMPY_TOO_NEW = (1, 26), (3, 0)

NO_DEPTH = 'nothing of this package runs'
# Module, distribution, what does not work without it.
NEEDED = (
    ('numpy', 'numpy', NO_DEPTH),
    ('cv2', 'opencv-python-headless', NO_DEPTH),
    ('pydantic', 'pydantic', NO_DEPTH),
    ('yaml', 'PyYAML', NO_DEPTH),
    ('onnxruntime', 'onnxruntime', 'no depth on a CPU'),
)
OPTIONAL = (
    ('rosbags', 'rosbags', 'no replay and no evaluation of bags'),
    ('torch', 'torch', 'no PyTorch reference, no import of checkpoints, no training'),
    ('diffusers', 'diffusers', 'no PyTorch reference, no import of checkpoints, no training'),
    ('transformers', 'transformers', 'no class embeddings, no import of checkpoints'),
    ('safetensors', 'safetensors', 'no import of checkpoints, no training'),
    ('onnx', 'onnx', 'no export of networks'),
    ('openvino', 'openvino', 'one engine less to choose from on a CPU'),
    ('rclpy', 'rclpy', 'no nodes; replay, evaluation and demo need none'),
    ('cv_bridge', 'cv_bridge', 'no nodes; replay, evaluation and demo need none'),
)
# Ends the process that imports it where there is no driver, so it is asked for behind a GPU alone.
ON_A_GPU = (
    ('tensorrt', 'tensorrt', 'the GPU is used through ONNX Runtime or PyTorch, more slowly'),
    ('cuda', 'cuda-python', 'no TensorRT'),
)


@dataclass(frozen=True)
class Examination:
    """What was found.

    Parameters
    ----------
    findings : in the order in which they are told.
    depth_runs : whether the default depth bundle gave an answer here.
    """

    findings: tuple[Finding, ...]
    depth_runs: bool


def examine() -> Examination:
    """Look for libraries, GPU, engines and bundles, and compute depth of one blank picture."""
    gpu = _find_gpu()
    libraries = [*NEEDED, *OPTIONAL, *(ON_A_GPU if gpu.state == 'found' else ())]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda library: probe_library(*library), libraries))
    findings = [
        Finding('diffperc_ros', 'found', __version__),
        Finding('Python', 'found', f'{platform.python_version()} ({sys.executable})'),
        *(_judge_numpy(finding) if finding.subject == 'numpy' else finding for finding in found),
    ]
    if gpu.state != 'found':
        findings.append(Finding('tensorrt', 'missing', 'not asked: no GPU', ON_A_GPU[0][2]))
    findings += [gpu, *_providers(), *_bundles()]
    depth = _guarded('depth', _run_depth, NO_DEPTH)
    return Examination((*findings, depth), depth.state == 'found')


def _find_gpu() -> Finding:
    def ask() -> str:
        from diffperc_ros.runtimes.tensorrt.driver import find_gpu

        gpu = find_gpu()
        return (
            f'{gpu.name}, {gpu.memory_mib} MiB, compute capability {gpu.compute_capability}, '
            f'driver for CUDA {gpu.driver}'
        )

    finding = _guarded('GPU', ask, 'everything runs on the CPU')
    return replace(finding, state='missing') if finding.state == 'broken' else finding


def _judge_numpy(finding: Finding) -> Finding:
    if finding.state != 'found':
        return finding
    numbers = tuple(int(part) for part in finding.detail.split('.')[:2])
    if OLDEST_NUMPY <= numbers < FIRST_NUMPY_TOO_NEW:
        return finding
    return Finding(
        'numpy', 'broken', f'{finding.detail}; this package is tested with 1.26 to 2.x', NO_DEPTH
    )


def _providers() -> list[Finding]:
    return [
        Finding(f'onnxruntime {name}', 'found', 'loads')
        if loads
        else Finding(
            f'onnxruntime {name}',
            'broken',
            'built in but does not load; its libraries are missing',
            'ONNX Runtime does not use that device',
        )
        for name, loads in probe_providers().items()
    ]


def _bundles() -> list[Finding]:
    return [
        _guarded(f'bundle {name}', partial(_describe_bundle, name), 'that model cannot be used')
        for name in installed_bundles()
    ]


def _describe_bundle(name: str) -> str:
    bundle = find_bundle(name)
    profiles = ', '.join(bundle.manifest.graphs) or 'no graphs yet: run diffperc export'
    return f'{bundle.manifest.task}, {profiles}, {bundle.path}'


def _run_depth() -> str:
    """Run the default bundle once, on the one engine that every installation has."""
    import numpy as np

    from diffperc_ros.core.frame import Frame, Stamp
    from diffperc_ros.perception.depth import DepthEstimator
    from diffperc_ros.runtimes.onnxruntime import OnnxRuntime

    bundle = find_bundle(DEFAULT_DEPTH_BUNDLE)
    size = bundle.manifest.input
    blank = Frame(np.zeros((size.height, size.width, 3), np.uint8), Stamp(0, 0), 'optical')
    runtime = OnnxRuntime(bundle.file(bundle.graph('realtime').file))
    try:
        DepthEstimator(bundle, runtime).perceive(blank)
    finally:
        runtime.close()
    return f'runs: {DEFAULT_DEPTH_BUNDLE} on ONNX Runtime {runtime.version}, CPU'


def _guarded(subject: str, ask: Callable[[], str], costs: str) -> Finding:
    try:
        return Finding(subject, 'found', ask())
    except (DiffpercError, ImportError, OSError) as error:
        return Finding(subject, 'broken', ' '.join(str(error).split()), costs)
