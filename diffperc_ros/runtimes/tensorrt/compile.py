# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a graph to an engine. Run as a process of its own by `build.py`.

TensorRT's builder takes gigabytes, may be killed for them, may crash, and may hold Python's lock
for minutes; none of that should happen to a node.

    python -m diffperc_ros.runtimes.tensorrt.compile < request.json

Standard output carries one JSON object a line: `{"progress": 0.4, "phase": "..."}`
while it runs, `{"error": "..."}` where it fails. The exit status is 0 when the engine is written.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from diffperc_ros.core.errors import DiffpercError, RuntimeUnavailableError
from diffperc_ros.runtimes.tensorrt.expand import expand_weights
from diffperc_ros.runtimes.tensorrt.library import (
    import_tensorrt,
    is_strongly_typed,
    make_log,
    take,
)
from diffperc_ros.runtimes.tensorrt.progress import watch_progress

MIB = 1 << 20

Tell = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class CompileRequest:
    """What is to be built, as it crosses the border between the processes.

    Parameters
    ----------
    graph : path of the .onnx file; its data files lie beside it.
    dtype : type of its arithmetic.
    plan : path to write the engine to.
    timing_cache : path of TensorRT's measurements of layers, read if there and written.
    workspace_mib : most scratch memory of the engine; 0: no limit.
    storage_dtype : narrowest type of its weights.
    """

    graph: str
    dtype: str
    plan: str
    timing_cache: str
    workspace_mib: int
    storage_dtype: str = 'float32'

    def to_json(self) -> str:
        """Return the request as JSON."""
        return json.dumps(asdict(self))


def compile_graph(trt: Any, request: CompileRequest, tell: Tell) -> None:
    """Build the engine and write it.

    Raises
    ------
    RuntimeUnavailableError : the graph is not readable for this TensorRT, has free axes, or no
        engine comes out; with the lines that TensorRT logged.
    OSError : a file cannot be written.
    """
    with tempfile.TemporaryDirectory(dir=Path(request.plan).parent) as scratch:
        graph = Path(request.graph)
        if request.storage_dtype == 'int8':
            expand_weights(graph, Path(scratch) / graph.name)
            graph = Path(scratch) / graph.name
        _compile(trt, request, graph, tell)


def _compile(trt: Any, request: CompileRequest, graph: Path, tell: Tell) -> None:
    log = make_log(trt)
    if hasattr(trt, 'init_libnvinfer_plugins'):
        trt.init_libnvinfer_plugins(log, '')
    builder = take(lambda: trt.Builder(log), 'builder', log)
    network = take(lambda: builder.create_network(_network_flags(trt)), 'network', log)
    _parse(trt, network, graph, log)
    config = take(builder.create_builder_config, 'configuration', log)
    if request.workspace_mib:
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, request.workspace_mib * MIB)
    if request.dtype == 'float32':
        # On by default; its products keep 10 bits of 23.
        config.clear_flag(trt.BuilderFlag.TF32)
    elif not is_strongly_typed(trt):
        # TensorRT 8 takes the types of the graph as a wish that this flag permits.
        config.set_flag(trt.BuilderFlag.FP16)
    cache = _set_timing_cache(config, Path(request.timing_cache), log)
    watch_progress(trt, config, lambda share, phase: tell({'progress': share, 'phase': phase}))
    plan = take(
        lambda: builder.build_serialized_network(network, config), 'engine from the graph', log
    )
    _write(Path(request.plan), plan)
    _write(Path(request.timing_cache), cache.serialize())


def _network_flags(trt: Any) -> int:
    flags = trt.NetworkDefinitionCreationFlag
    # Of TensorRT 8 the one, of 10 and later the other.
    flag = flags.STRONGLY_TYPED if is_strongly_typed(trt) else flags.EXPLICIT_BATCH
    return 1 << int(flag)


def _parse(trt: Any, network: Any, graph: Path, log: Any) -> None:
    parser = take(lambda: trt.OnnxParser(network, log), 'parser', log)
    # Layer and group normalisation as one layer each, whose sums are kept in fp32.
    parser.set_flag(trt.OnnxParserFlag.NATIVE_INSTANCENORM)
    # From the file, not from its bytes: weights beside it are found only so.
    if not parser.parse_from_file(str(graph)):
        errors = [parser.get_error(index).desc() for index in range(parser.num_errors)]
        raise RuntimeUnavailableError(
            f'{graph.name}: TensorRT {trt.__version__} does not read the graph: '
            f'{"; ".join(errors[:3]) or log.errors()}'
        )
    for index in range(network.num_inputs):
        tensor = network.get_input(index)
        if min(tuple(tensor.shape), default=1) < 1:
            raise RuntimeUnavailableError(
                f"{graph.name}: input '{tensor.name}' has free axes {tuple(tensor.shape)}; export "
                'the graph with fixed shapes'
            )


def _set_timing_cache(config: Any, path: Path, log: Any) -> Any:
    known = path.read_bytes() if path.is_file() else b''
    try:
        cache = take(lambda: config.create_timing_cache(known), 'timing cache', log)
    except RuntimeUnavailableError:
        cache = take(lambda: config.create_timing_cache(b''), 'timing cache', log)
    config.set_timing_cache(cache, ignore_mismatch=False)
    return cache


def _write(path: Path, content: Any) -> None:
    """Write whole and flush: the parent renames what is complete."""
    with path.open('wb') as stream:
        stream.write(memoryview(content))
        stream.flush()
        os.fsync(stream.fileno())


def _die_with_parent() -> None:
    """Let Linux end this process with its parent, and prefer it when memory runs out."""
    parent = os.getppid()
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
    with contextlib.suppress(OSError):  # Only a preference is lost.
        Path('/proc/self/oom_score_adj').write_text('1000')


def main() -> int:
    """Build what the request on standard input asks for."""
    _die_with_parent()
    # TensorRT's libraries may print; the channel to the parent is for us alone.
    channel = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)

    def tell(message: dict[str, Any]) -> None:
        print(json.dumps(message), file=channel, flush=True)

    try:
        compile_graph(import_tensorrt(), CompileRequest(**json.load(sys.stdin)), tell)
    except (DiffpercError, OSError, MemoryError) as error:
        tell({'error': str(error) or type(error).__name__})
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
