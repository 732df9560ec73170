# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Evaluations of masks from paths: opens what they name, evaluates, closes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.labels import read_labels
from diffperc_ros.core.results import Segmentation
from diffperc_ros.evaluation.options import (
    EvaluationOptions,
    model_of_replay,
    noted_prompt,
    prompt_in_words,
)
from diffperc_ros.evaluation.segmentation.evaluate import (
    ModelClasses,
    SegmentationEvaluation,
    evaluate_segmentation,
)
from diffperc_ros.evaluation.segmentation.replay import ReplayedMasks
from diffperc_ros.evaluation.sources.image_set import LabelledPictures, is_image_set
from diffperc_ros.evaluation.sources.predictions import LivePredictor, Predictor
from diffperc_ros.evaluation.sources.recording import LabelledRecording, TopicChoice
from diffperc_ros.evaluation.sources.references import LabelledImage, LabelSource
from diffperc_ros.evaluation.walk import Progress
from diffperc_ros.perception.inference import prompt_told
from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.replay.tasks.open import open_segmenter


@contextmanager
def open_labels(path: Path, topics: TopicChoice) -> Iterator[LabelSource]:
    """Open a recording or a folder of pictures with classes.

    Raises
    ------
    RecordingError : it is neither, or a topic is missing or ambiguous.
    """
    if is_image_set(path):
        yield LabelledPictures(path)
        return
    with open_recording(path) as colour, open_recording(path) as masks:
        yield LabelledRecording(colour, masks, topics)


def evaluate_segmentation_bundle(
    recording: Path, bundle: Bundle, options: EvaluationOptions, progress: Progress | None = None
) -> SegmentationEvaluation:
    """Run a bundle on a recording or image set and compare with the recorded classes.

    Raises
    ------
    DiffpercError : something of what was asked for cannot be used; see `open_labels`,
        `open_segmenter`, `evaluate_segmentation`.
    """
    options.request.check('segmentation')
    model = ModelClasses(
        names=tuple(label.name for label in read_labels(bundle)),
        wanted=options.request.classes,
        confidence_threshold=options.request.confidence_threshold,
        prompt_source=prompt_in_words(prompt_told(bundle.manifest.prompt, '')),
        bundle=bundle,
    )
    with (
        open_labels(recording, options.topics) as source,
        open_segmenter(bundle, options.engine, options.request) as segmenter,
    ):
        predictor = LivePredictor[Segmentation](segmenter, options.engine.profile)
        return _evaluate(source, predictor, model, options, progress)


def evaluate_segmentation_replay(
    recording: Path,
    replay: Path,
    bundle: Bundle | None,
    options: EvaluationOptions,
    progress: Progress | None = None,
) -> SegmentationEvaluation:
    """Compare the masks of a replay with the recorded classes.

    Parameters
    ----------
    recording : what was replayed.
    replay : the bag that came of it.
    bundle : the model that was replayed; see `model_of_replay`.
    options, progress : as for `evaluate_segmentation`.

    Raises
    ------
    DiffpercError : as `evaluate_segmentation_bundle`.
    EvaluationError : `bundle` is not the model that was replayed.
    """
    with (
        open_labels(recording, options.topics) as source,
        open_recording(replay) as opened,
    ):
        predictor = ReplayedMasks(opened)
        noted = predictor.run.get('parameters', {})
        model = ModelClasses(
            names=tuple(predictor.names.values()),
            wanted=options.request.classes or tuple(noted.get('classes', ())),
            confidence_threshold=noted.get('confidence_threshold', 'not known'),
            prompt_source=noted_prompt(predictor.run),
            bundle=model_of_replay(predictor, replay, bundle),
        )
        return _evaluate(source, predictor, model, options, progress)


def _evaluate(
    source: LabelSource,
    predictor: Predictor[Segmentation, LabelledImage],
    model: ModelClasses,
    options: EvaluationOptions,
    progress: Progress | None,
) -> SegmentationEvaluation:
    return evaluate_segmentation(
        source,
        predictor,
        model,
        options.label_map,
        tolerance_ms=options.tolerance_ms,
        truth_required=options.truth_required,
        max_frames=options.max_frames,
        progress=progress,
    )
