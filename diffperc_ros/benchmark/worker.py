# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One candidate in a process of its own: loaded once, then one frame whenever it is told to.

Its own process, so that its peak memory is its own and no engine's threads are another's.
"""

from __future__ import annotations

import resource
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Protocol, TypeAlias

import numpy as np

from diffperc_ros.benchmark.candidates import Candidate
from diffperc_ros.bundle.bundle import Bundle, open_bundle
from diffperc_ros.core.camera import Camera
from diffperc_ros.core.errors import BundleError, DiffpercError
from diffperc_ros.core.frame import Frame, Stamp
from diffperc_ros.perception.depth import DepthEstimator
from diffperc_ros.perception.inference import StageTimes
from diffperc_ros.perception.query import Querier
from diffperc_ros.perception.segmentation import Segmenter
from diffperc_ros.perception.text import TextEncoder
from diffperc_ros.runtimes.chosen import Choice, ChosenRuntime
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.runtimes.options import EngineOptions
from diffperc_ros.runtimes.protocol import Runtime
from diffperc_ros.runtimes.select import open_runtime
from diffperc_ros.runtimes.torch import TorchRuntime

FRAME_WIDTH, FRAME_HEIGHT = 640, 480
PHRASE = 'the chair'
"""What a query bundle is asked for; every phrase costs the same."""


@dataclass(frozen=True)
class Loaded:
    """What a candidate became.

    Parameters
    ----------
    version, device : of the engine.
    precision : type of its arithmetic.
    self_test : what the golden check found.
    graph : path of the graph that it runs; None: the network.
    seconds : from nothing to ready, building and checking included.
    """

    version: str
    device: str
    precision: str
    self_test: str
    graph: str | None
    seconds: float


@dataclass(frozen=True)
class Failed:
    """Why a candidate cannot be measured."""

    reason: str


@dataclass(frozen=True)
class Ended:
    """What is known of a process at its end; peak of its resident memory in MiB."""

    peak_mib: float


Message: TypeAlias = Loaded | Failed | Ended | StageTimes


class Perceiver(Protocol):
    """What the perceivers of all tasks have in common here."""

    last_times: StageTimes | None

    def perceive(self, frame: Frame) -> object:
        """Compute one frame."""


def serve(candidate: Candidate, options: EngineOptions, connection: Connection) -> None:
    """Load a candidate and run a frame for each True that comes; end at False.

    Sends `Loaded` or `Failed`, then `StageTimes` for every frame (or `Failed`), at last `Ended`.
    """
    try:
        start = perf_counter()
        bundle = open_bundle(Path(candidate.path))
        runtime = runtime_of(candidate, bundle, options)
        perceiver = perceiver_of(bundle, runtime)
        frame = benchmark_frame()
        perceiver.perceive(frame)
        choice = runtime.choice
        graph = None if choice.graph is None else str(bundle.file(choice.graph))
        connection.send(
            Loaded(
                runtime.version,
                runtime.device,
                choice.precision,
                choice.self_test,
                graph,
                perf_counter() - start,
            )
        )
        while connection.recv():
            perceiver.perceive(frame)
            connection.send(perceiver.last_times)
        connection.send(Ended(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
    except DiffpercError as error:
        connection.send(Failed(str(error)))


def runtime_of(candidate: Candidate, bundle: Bundle, options: EngineOptions) -> ChosenRuntime:
    """Return a candidate's engine.

    Raises
    ------
    DiffpercError : it cannot be had; says why.
    """
    if candidate.attention == 'fused':
        return open_runtime(bundle, options)
    # PyTorch has one home among the runtimes; whoever measures without it need not have it.
    from diffperc_ros.networks.materialised_attention import materialise_attention

    runtime = TorchRuntime(bundle, device=options.device, threads=options.threads)
    if runtime.graph is not None:
        materialise_attention(runtime.graph)
    return ChosenRuntime(runtime, Choice('float32', None))


def perceiver_of(bundle: Bundle, runtime: Runtime) -> Perceiver:
    """Return the perceiver of a bundle's task.

    Raises
    ------
    BundleError : a task that nothing perceives.
    """
    task = bundle.manifest.task
    if task == 'depth':
        return DepthEstimator(bundle, runtime)
    if task == 'segmentation':
        return Segmenter(bundle, runtime)
    if task == 'query':
        querier = Querier(bundle, runtime)
        text = OnnxRuntime(bundle.file(bundle.text.graph))
        querier.queries = TextEncoder(bundle, text).encode([PHRASE], revision=1)
        text.close()
        return querier
    raise BundleError(f'{bundle.path}: nothing perceives with a bundle for {task}')


def benchmark_frame() -> Frame:
    """Return a picture of coloured patches, 640x480, the same every time, with a camera."""
    patches = np.random.default_rng(0).integers(0, 256, (15, 20, 3), dtype=np.uint8)
    image = patches.repeat(FRAME_HEIGHT // 15, axis=0).repeat(FRAME_WIDTH // 20, axis=1)
    centre = ((FRAME_WIDTH - 1) / 2, (FRAME_HEIGHT - 1) / 2)
    camera = Camera(FRAME_WIDTH, FRAME_HEIGHT, 525.0, 525.0, *centre)
    return Frame(np.ascontiguousarray(image), Stamp(0, 0), 'camera_optical_frame', camera)
