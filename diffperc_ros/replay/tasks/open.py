# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a bundle and what a user asks of it to a perceiver or task that is ready to run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import BundleError, SettingError
from diffperc_ros.perception.command import phrases_of
from diffperc_ros.perception.depth import DepthEstimator
from diffperc_ros.perception.query import Querier, QuerySettings
from diffperc_ros.perception.segmentation import SegmentationSettings, Segmenter
from diffperc_ros.perception.text import MOST_PHRASES, TextEncoder
from diffperc_ros.replay.tasks.depth import DepthTask
from diffperc_ros.replay.tasks.query import QueryTask
from diffperc_ros.replay.tasks.segmentation import SegmentationTask
from diffperc_ros.replay.tasks.task import ReplayTask
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.runtimes.options import EngineOptions
from diffperc_ros.runtimes.protocol import Runtime
from diffperc_ros.runtimes.select import open_runtime

DEFAULT_ENGINE = EngineOptions()


@dataclass(frozen=True)
class Request:
    """What a user may choose about the answers; each choice belongs to one task.

    Parameters
    ----------
    scene : depth: exact name of a row of the bundle's prompt; '' for what the bundle declares.
    classes : segmentation: names to keep; empty: all.
    confidence_threshold : segmentation: probability below which a pixel is unlabelled.
    phrases : query: what is looked for, as a command says it.
    mask_threshold, score_threshold : query; None: as the bundle declares.
    """

    scene: str = ''
    classes: tuple[str, ...] = ()
    confidence_threshold: float = 0.0
    phrases: tuple[str, ...] = ()
    mask_threshold: float | None = None
    score_threshold: float | None = None

    def check(self, task: str) -> None:
        """Refuse what belongs to another task.

        Raises
        ------
        SettingError : names the choice and its task.
        """
        for choice, owner in _OWNERS.items():
            if owner != task and getattr(self, choice) not in ('', (), 0.0, None):
                raise SettingError(f"{choice} belongs to task '{owner}', not to '{task}'")


_OWNERS = {
    'scene': 'depth',
    'classes': 'segmentation',
    'confidence_threshold': 'segmentation',
    'phrases': 'query',
    'mask_threshold': 'query',
    'score_threshold': 'query',
}


@contextmanager
def open_task(bundle: Bundle, engine: EngineOptions, request: Request) -> Iterator[ReplayTask]:
    """Load a bundle of any task that recordings can be replayed with.

    Raises
    ------
    BundleError : of another task.
    SettingError : a choice that belongs to another task or that the bundle does not know; no
        phrase for a query.
    CommandError : a phrase that cannot be looked for.
    RuntimeUnavailableError : the engine is not to be had.
    """
    task = bundle.manifest.task
    request.check(task)
    if task == 'depth':
        with open_estimator(bundle, engine, request.scene) as estimator:
            yield DepthTask(estimator)
    elif task == 'segmentation':
        with open_segmenter(bundle, engine, request) as segmenter:
            yield SegmentationTask(segmenter)
    elif task == 'query':
        phrases = wanted_phrases(request.phrases)
        if not phrases:
            raise SettingError("a query needs a phrase, such as --phrase 'the red chair'")
        with open_querier(bundle, engine, request) as (querier, text):
            querier.queries = text.encode(phrases, revision=1)
            yield QueryTask(querier, text.limit)
    else:
        raise BundleError(f'{bundle.path}: a bundle for {task} cannot be replayed')


def wanted_phrases(phrases: Sequence[str]) -> tuple[str, ...]:
    """Return what phrases ask for, read like a command to the node."""
    return phrases_of('\n'.join(phrases), MOST_PHRASES)


@contextmanager
def open_estimator(
    bundle: Bundle, engine: EngineOptions = DEFAULT_ENGINE, scene: str = ''
) -> Iterator[DepthEstimator]:
    """Load a depth bundle."""
    _ = bundle.depth  # refuse another task before its graph is loaded
    with _open(bundle, engine) as runtime:
        yield DepthEstimator(bundle, runtime, scene=scene)


@contextmanager
def open_segmenter(bundle: Bundle, engine: EngineOptions, request: Request) -> Iterator[Segmenter]:
    """Load a segmentation bundle."""
    _ = bundle.segmentation
    settings = SegmentationSettings(
        classes=request.classes, confidence_threshold=request.confidence_threshold
    )
    with _open(bundle, engine) as runtime:
        yield Segmenter(bundle, runtime, settings)


@contextmanager
def open_querier(
    bundle: Bundle, engine: EngineOptions, request: Request
) -> Iterator[tuple[Querier, TextEncoder]]:
    """Load a query bundle; its text graph, which runs once a phrase, on the CPU."""
    declared = QuerySettings.of(bundle.query)
    settings = QuerySettings(
        declared.mask_threshold if request.mask_threshold is None else request.mask_threshold,
        declared.score_threshold if request.score_threshold is None else request.score_threshold,
    )
    text_runtime = OnnxRuntime(bundle.file(bundle.text.graph), threads=engine.threads)
    try:
        with _open(bundle, engine) as runtime:
            yield Querier(bundle, runtime, settings), TextEncoder(bundle, text_runtime)
    finally:
        text_runtime.close()


@contextmanager
def _open(bundle: Bundle, engine: EngineOptions) -> Iterator[Runtime]:
    runtime = open_runtime(bundle, engine)
    try:
        yield runtime
    finally:
        runtime.close()
