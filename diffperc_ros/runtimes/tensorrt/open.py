# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a bundle to a running engine: the one that was built before, or a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.manifest import GraphFile
from diffperc_ros.runtimes.forms import Dtype, choose_form
from diffperc_ros.runtimes.options import Announce, Cancelled, EngineOptions, Notice
from diffperc_ros.runtimes.tensorrt.build import build_engine
from diffperc_ros.runtimes.tensorrt.cache import Engine, EngineSlot
from diffperc_ros.runtimes.tensorrt.compile import CompileRequest
from diffperc_ros.runtimes.tensorrt.driver import Gpu
from diffperc_ros.runtimes.tensorrt.errors import EngineMissingError, EngineRefusedError
from diffperc_ros.runtimes.tensorrt.key import EngineKey, engine_key
from diffperc_ros.runtimes.tensorrt.known_issues import known_issues
from diffperc_ros.runtimes.tensorrt.library import import_tensorrt, newest_opset, version_of
from diffperc_ros.runtimes.tensorrt.runtime import TensorRtRuntime

ENGINES_FOLDER = 'engines'


@dataclass(frozen=True)
class OpenedEngine:
    """A running engine and where it came from."""

    runtime: TensorRtRuntime
    form: GraphFile
    engine: Engine
    key: EngineKey


def open_tensorrt(
    bundle: Bundle,
    dtype: Dtype,
    options: EngineOptions,
    gpu: Gpu,
    announce: Announce,
    cancelled: Cancelled,
) -> OpenedEngine:
    """Load the engine of a bundle's graph, building it first where the policy allows.

    Parameters
    ----------
    dtype : of the arithmetic; the bundle must have such a graph.
    gpu : from `find_gpu`, which must have been asked before TensorRT is touched.

    Raises
    ------
    EngineMissingError : policy require_prebuilt, and there is no usable engine.
    EngineBuildError, OutputError : as `build_engine`.
    RuntimeUnavailableError : TensorRT is not here, too old, or its engine does not run.
    """
    trt = import_tensorrt()
    graph = bundle.graph(options.profile)
    form = choose_form(graph, dtype, newest_opset(trt))
    _warn(trt, form, gpu, announce)
    slot = EngineSlot(
        options.cache_dir / ENGINES_FOLDER, f'{bundle.manifest.name}-{options.profile}'
    )
    workspace = options.engine_workspace_mib
    key = engine_key(bundle, form, str(trt.__version__), gpu, workspace)
    request = CompileRequest(
        str(bundle.file(form.file)), form.dtype, '', '', workspace, form.storage_dtype
    )

    def build(force: bool) -> Engine:
        return build_engine(
            slot,
            key,
            request,
            timeout_s=options.engine_build_timeout_s,
            announce=announce,
            cancelled=cancelled,
            force=force,
        )

    if options.engine_policy == 'force_rebuild':
        engine = build(force=True)
    else:
        try:
            engine = slot.load(key)
        except EngineMissingError as missing:
            if options.engine_policy == 'require_prebuilt':
                raise EngineMissingError(
                    f'{missing}; engine_policy require_prebuilt builds none: run diffperc build '
                    f'{bundle.path.name} on this machine'
                ) from missing
            announce(Notice(str(missing)))
            engine = build(force=False)
    try:
        runtime = TensorRtRuntime(trt, engine.plan, gpu, announce)
    except EngineRefusedError as refusal:
        # Whole, of this version and this GPU, and yet refused: built anew once, not for ever.
        if engine.source == 'built' or options.engine_policy == 'require_prebuilt':
            raise
        announce(Notice(f'{engine.path} is built anew: {refusal}', 'warning'))
        engine = build(force=True)
        runtime = TensorRtRuntime(trt, engine.plan, gpu, announce)
    return OpenedEngine(runtime, form, engine, key)


def _warn(trt: Any, form: GraphFile, gpu: Gpu, announce: Announce) -> None:
    for issue in known_issues(version_of(trt), form.dtype, gpu.compute_capability):
        announce(
            Notice(
                f'TensorRT {trt.__version__} was reported wrong on networks with attention: '
                f'{issue.text} (github.com/NVIDIA/TensorRT/issues/{issue.thread}); the golden '
                'check decides',
                'warning',
            )
        )
