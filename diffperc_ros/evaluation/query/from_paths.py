# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Evaluations of phrases from paths: opens what they name, evaluates, closes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import SettingError
from diffperc_ros.evaluation.options import EvaluationOptions, model_of_replay
from diffperc_ros.evaluation.query.answers import PhrasePredictor
from diffperc_ros.evaluation.query.evaluate import QueryEvaluation, QueryRules, evaluate_query
from diffperc_ros.evaluation.query.replay import ReplayedQueries
from diffperc_ros.evaluation.sources.image_set import PicturesOfObjects, is_image_set
from diffperc_ros.evaluation.sources.recording import RecordingOfObjects, TopicChoice
from diffperc_ros.evaluation.sources.references import ExpressionSource
from diffperc_ros.evaluation.walk import Progress
from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.replay.tasks.open import open_querier


@contextmanager
def open_objects(path: Path, topics: TopicChoice) -> Iterator[ExpressionSource]:
    """Open a recording or a folder of pictures with named objects.

    Raises
    ------
    RecordingError : it is neither, or a topic is missing or ambiguous.
    """
    if is_image_set(path):
        yield PicturesOfObjects(path)
        return
    with open_recording(path) as colour, open_recording(path) as masks:
        yield RecordingOfObjects(colour, masks, topics)


def evaluate_query_bundle(
    recording: Path, bundle: Bundle, options: EvaluationOptions, progress: Progress | None = None
) -> QueryEvaluation:
    """Run a bundle on a recording or image set and compare with the recorded objects.

    Raises
    ------
    DiffpercError : something of what was asked for cannot be used; see `open_objects`,
        `open_querier`, `evaluate_query`.
    SettingError : phrases were given: those of the recording are looked for.
    """
    request = options.request
    request.check('query')
    if request.phrases:
        raise SettingError('an evaluation looks for the phrases that the recording holds')
    with (
        open_objects(recording, options.topics) as source,
        open_querier(bundle, options.engine, request) as (querier, text),
    ):
        rules = QueryRules(
            source.name,
            mask_threshold=querier.settings.mask_threshold,
            score_threshold=querier.settings.score_threshold,
            tolerance_ms=options.tolerance_ms,
        )
        return evaluate_query(
            source,
            PhrasePredictor(querier, text, source, rules.tolerance_ns, options.engine.profile),
            rules,
            bundle=bundle,
            truth_required=options.truth_required,
            max_frames=options.max_frames,
            progress=progress,
        )


def evaluate_query_replay(
    recording: Path,
    replay: Path,
    bundle: Bundle | None,
    options: EvaluationOptions,
    progress: Progress | None = None,
) -> QueryEvaluation:
    """Compare the objects that a replay found with the recorded ones.

    Phrases of the recording that were not replayed do not count.

    Parameters
    ----------
    recording : what was replayed.
    replay : the bag that came of it.
    bundle : the model that was replayed; see `model_of_replay`.
    options, progress : as for `evaluate_query`.

    Raises
    ------
    DiffpercError : as `evaluate_query_bundle`.
    EvaluationError : `bundle` is not the model that was replayed.
    """
    with (
        open_objects(recording, options.topics) as source,
        open_recording(replay) as opened,
    ):
        predictor = ReplayedQueries(opened)
        noted = predictor.run.get('parameters', {})
        rules = QueryRules(
            source.name,
            mask_threshold=noted.get('mask_threshold', 'not known'),
            score_threshold=noted.get('score_threshold', 'not known'),
            phrases=f'at once, a pixel for the most probable: {"; ".join(predictor.phrases)}',
            tolerance_ms=options.tolerance_ms,
        )
        return evaluate_query(
            source,
            predictor,
            rules,
            bundle=model_of_replay(predictor, replay, bundle),
            truth_required=options.truth_required,
            max_frames=options.max_frames,
            progress=progress,
        )
