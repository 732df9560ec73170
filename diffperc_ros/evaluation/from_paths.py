# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Evaluations from paths: opens what they name, evaluates, closes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.locate import find_bundle, installed_bundles
from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.core.results import DepthImage
from diffperc_ros.evaluation.evaluate import evaluate
from diffperc_ros.evaluation.image_set import ImageSet, is_image_set
from diffperc_ros.evaluation.predictions import LivePredictor, Predictor
from diffperc_ros.evaluation.protocol import Protocol
from diffperc_ros.evaluation.recording_source import RecordingSource, TopicChoice
from diffperc_ros.evaluation.replay_predictions import ReplayPredictor
from diffperc_ros.evaluation.results import Evaluation
from diffperc_ros.evaluation.source import Source, Truth
from diffperc_ros.evaluation.walk import Progress
from diffperc_ros.perception.inference import prompt_told
from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.replay.tasks.open import EngineChoice, open_estimator


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


@dataclass(frozen=True)
class EvaluationOptions:
    """What a user may choose about an evaluation.

    Parameters
    ----------
    topics : of the recording.
    engine : what to run a bundle with.
    cap : deepest ground truth that counts, metres.
    tolerance_ms : how far apart stamps may be and still pair, milliseconds.
    max_frames : look at no more frames than this, spread evenly.
    truth_required : whether a recording without depth is an error.
    scene : what a depth bundle is told; '' for what it declares.
    """

    topics: TopicChoice = field(default_factory=TopicChoice)
    engine: EngineChoice = field(default_factory=EngineChoice)
    cap: float = 10.0
    tolerance_ms: float = 0.0
    max_frames: int | None = None
    truth_required: bool = True
    scene: str = ''


def evaluate_bundle(
    recording: Path, bundle: Bundle, options: EvaluationOptions, progress: Progress | None = None
) -> Evaluation:
    """Run a bundle on a recording or image set and compare with the recorded depth.

    Raises
    ------
    DiffpercError : something of what was asked for cannot be used; see `open_source`,
        `open_estimator`, `evaluate`.
    """
    with (
        open_source(recording, options.topics) as source,
        open_estimator(bundle, options.engine, options.scene) as estimator,
    ):
        predictor = LivePredictor[DepthImage](estimator, options.engine.profile)
        told = _in_words(prompt_told(bundle.manifest.prompt, options.scene))
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
    bundle : the model that was replayed, for its baselines; None: looked for by the name that
        the replay noted, and done without if it is not installed or was changed since.
    options, progress : as for `evaluate`.

    Raises
    ------
    DiffpercError : as `evaluate_bundle`.
    EvaluationError : `bundle` is not the model that was replayed.
    """
    with open_source(recording, options.topics) as source, open_replay(replay) as predictor:
        model = bundle or _installed(predictor)
        noted = predictor.bundle_sha256
        if bundle is not None and noted not in (None, bundle.sha256):
            raise EvaluationError(
                f"{replay}: made with '{predictor.bundle_name}' (sha256 {noted}), not with "
                f"'{bundle.manifest.name}' (sha256 {bundle.sha256})"
            )
        return _evaluate(source, predictor, model, _noted_prompt(predictor), options, progress)


def _installed(predictor: ReplayPredictor) -> Bundle | None:
    if predictor.bundle_name not in installed_bundles():
        return None
    bundle = find_bundle(predictor.bundle_name)
    return bundle if bundle.sha256 == predictor.bundle_sha256 else None


def _noted_prompt(predictor: ReplayPredictor) -> str:
    return _in_words(predictor.run['prompt']) if 'prompt' in predictor.run else 'not known'


def _in_words(told: Mapping[str, Any] | None) -> str:
    """Say what the network was told, as `prompt_told` has it."""
    if told is None:
        return 'none'
    return f'{told["source"]} ({told["value"]})' if 'value' in told else str(told['source'])


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
