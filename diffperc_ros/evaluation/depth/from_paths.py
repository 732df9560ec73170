# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Evaluations of depth from paths: opens what they name, evaluates, closes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.results import DepthImage
from diffperc_ros.evaluation.depth.evaluate import evaluate
from diffperc_ros.evaluation.depth.protocol import Protocol
from diffperc_ros.evaluation.depth.replay_predictions import ReplayPredictor
from diffperc_ros.evaluation.depth.results import Evaluation
from diffperc_ros.evaluation.options import (
    EvaluationOptions,
    model_of_replay,
    noted_prompt,
    prompt_in_words,
)
from diffperc_ros.evaluation.sources.image_set import ImageSet, is_image_set
from diffperc_ros.evaluation.sources.predictions import LivePredictor, Predictor
from diffperc_ros.evaluation.sources.recording import RecordingSource, TopicChoice
from diffperc_ros.evaluation.sources.source import Source, Truth
from diffperc_ros.evaluation.walk import Progress
from diffperc_ros.perception.inference import prompt_told
from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.replay.tasks.open import open_estimator


@contextmanager
def open_source(path: Path, topics: TopicChoice | None = None) -> Iterator[Source[Truth]]:
    """Open a recording or a folder of pictures.

    Raises
    ------
    RecordingError : it is neither, or lacks the topics.
    """
    if is_image_set(path):
        yield ImageSet(path)
        return
    with open_recording(path) as colour, open_recording(path) as depth:
        yield RecordingSource(colour, depth, topics or TopicChoice())


@contextmanager
def open_replay(path: Path) -> Iterator[ReplayPredictor]:
    """Open the bag that a replay wrote.

    Raises
    ------
    RecordingError : there is none, or it holds no depth.
    """
    with open_recording(path) as metric, open_recording(path) as relative:
        yield ReplayPredictor(metric, relative)


def evaluate_bundle(
    recording: Path, bundle: Bundle, options: EvaluationOptions, progress: Progress | None = None
) -> Evaluation:
    """Run a bundle on a recording or image set and compare with the recorded depth.

    Raises
    ------
    DiffpercError : something of what was asked for cannot be used; see `open_source`,
        `open_estimator`, `evaluate`.
    """
    options.request.check('depth')
    told = prompt_in_words(prompt_told(bundle.manifest.prompt, options.request.scene))
    with (
        open_source(recording, options.topics) as source,
        open_estimator(bundle, options.engine, options.request.scene) as estimator,
    ):
        predictor = LivePredictor[DepthImage](estimator, options.engine.profile)
        return _evaluate(source, predictor, bundle, told, options, progress)


def evaluate_replay(
    recording: Path,
    replay: Path,
    bundle: Bundle | None,
    options: EvaluationOptions,
    progress: Progress | None = None,
) -> Evaluation:
    """Compare the depth of a replay with the recorded depth.

    Parameters
    ----------
    recording : what was replayed.
    replay : the bag that came of it.
    bundle : the model that was replayed; see `model_of_replay`.
    options, progress : as for `evaluate`.

    Raises
    ------
    DiffpercError : as `evaluate_bundle`.
    EvaluationError : `bundle` is not the model that was replayed.
    """
    with open_source(recording, options.topics) as source, open_replay(replay) as predictor:
        model = model_of_replay(predictor, replay, bundle)
        told = noted_prompt(predictor.run)
        return _evaluate(source, predictor, model, told, options, progress)


def _evaluate(
    source: Source[Truth],
    predictor: Predictor[DepthImage, Truth],
    bundle: Bundle | None,
    prompt_source: str,
    options: EvaluationOptions,
    progress: Progress | None,
) -> Evaluation:
    protocol = Protocol(
        dataset=source.name,
        cap=options.cap,
        tolerance_ms=options.tolerance_ms,
        prompt_source=prompt_source,
    )
    return evaluate(
        source,
        predictor,
        protocol,
        bundle=bundle,
        truth_required=options.truth_required,
        max_frames=options.max_frames,
        progress=progress,
    )
