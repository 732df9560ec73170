# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Objects that phrases name against the objects of a source."""

from __future__ import annotations

from dataclasses import dataclass

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.evaluation.outcome import Exhibit, FrameCounts, FrameResult, Outcome
from diffperc_ros.evaluation.query.answers import PhraseMasks
from diffperc_ros.evaluation.query.baseline import MEAN_MASK, mean_mask_answer
from diffperc_ros.evaluation.query.scores import (
    ImageScore,
    QueryAccumulator,
    QueryScores,
    score_image,
)
from diffperc_ros.evaluation.rules import Rules
from diffperc_ros.evaluation.sources.predictions import Prediction, Predictor
from diffperc_ros.evaluation.sources.references import ExpressionSource, NamedObjects
from diffperc_ros.evaluation.walk import Progress, plan_frames, walk_frames
from diffperc_ros.perception.query import SMALLEST_SHARE

QueryExhibit = Exhibit[PhraseMasks, NamedObjects, ImageScore]


@dataclass(frozen=True)
class QueryRules(Rules):
    """The rules of an evaluation of phrases.

    Parameters
    ----------
    mask_threshold, score_threshold : as the perceiver used them, or 'not known'.
    phrases : how phrases were looked for.
    present : from which share of the image on an object counts as being there.
    eval_size : at which size masks are compared.
    tta : test-time augmentation; 'none' is what a robot runs.
    prompt_source : what the network was told about the picture.
    """

    mask_threshold: float | str
    score_threshold: float | str
    phrases: str = 'each on its own'
    present: str = f'object of at least {SMALLEST_SHARE:.2%} of the image; smaller: left out'
    eval_size: str = 'native'
    tta: str = 'none'
    prompt_source: str = 'phrase'


@dataclass(frozen=True, eq=False)
class QueryEvaluation(Outcome):
    """All that is known after an evaluation of phrases.

    Parameters
    ----------
    protocol : the rules it went by.
    counts : what became of the frames.
    scores : the figures, or None when the source has no named objects.
    exhibits : a few frames spread over the recording, and the worst.
    """

    protocol: QueryRules
    counts: FrameCounts
    scores: QueryScores | None
    frames: tuple[FrameResult[ImageScore], ...]
    exhibits: tuple[QueryExhibit, ...]


def evaluate_query(
    source: ExpressionSource,
    predictor: Predictor[PhraseMasks, NamedObjects],
    rules: QueryRules,
    *,
    bundle: Bundle | None = None,
    truth_required: bool = True,
    max_frames: int | None = None,
    progress: Progress | None = None,
) -> QueryEvaluation:
    """Compare the objects that were found with the named objects of a source.

    Parameters
    ----------
    source : recording or image set.
    predictor : where the masks to judge come from.
    rules : printed with the figures.
    bundle : model that the masks are from; brings the baseline to judge it by.
    truth_required : if not, a source without objects gives an evaluation without figures.
    max_frames : look at no more than this many frames, spread evenly over the recording.
    progress : told after every frame.

    Raises
    ------
    EvaluationError : no frames, no named objects, no stamps that fit, or no phrase that counts.
    """
    plan = plan_frames(
        source,
        predictor,
        rules,
        truth_required=truth_required,
        max_frames=max_frames,
        hint='no recorded objects with phrases to compare with; if there are some, name their '
        'topics with --instances-topic and --expressions-topic',
    )
    baseline = mean_mask_answer(bundle) if bundle else None
    baselines = {MEAN_MASK: baseline} if baseline else {}
    accumulator = QueryAccumulator()

    def judge(prediction: Prediction[PhraseMasks], truth: NamedObjects) -> ImageScore | None:
        if prediction.answer is None:
            return None
        return accumulator.add(score_image(prediction.answer, truth, baselines))

    walk = walk_frames(
        source, predictor, plan, judge, badness=lambda score: 1 - score.mean, progress=progress
    )
    scores = accumulator.result() if plan.truths else None
    return QueryEvaluation(
        protocol=rules,
        counts=walk.counts(plan, accumulator.without_truth, scores.images if scores else 0),
        scores=scores,
        frames=walk.frames,
        exhibits=walk.exhibits,
        notes=(*source.notes, *predictor.notes(source)),
        provenance={'recording': source.provenance(), **predictor.provenance()},
    )
