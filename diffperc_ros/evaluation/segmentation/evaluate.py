# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Masks of classes against the masks of a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.results import Segmentation
from diffperc_ros.evaluation.outcome import Exhibit, FrameCounts, FrameResult, Outcome
from diffperc_ros.evaluation.rules import Rules
from diffperc_ros.evaluation.segmentation.baseline import MAJORITY, majority_answer
from diffperc_ros.evaluation.segmentation.matching import LabelMap, LabelMatch, match_labels
from diffperc_ros.evaluation.segmentation.scores import (
    ImageScore,
    SegmentationAccumulator,
    SegmentationScores,
    score_image,
)
from diffperc_ros.evaluation.sources.predictions import Prediction, Predictor
from diffperc_ros.evaluation.sources.references import LabelledImage, LabelSource
from diffperc_ros.evaluation.walk import Progress, plan_frames, walk_frames

PAIRS_SAID = 8
"""A label map of more pairs does not fit into a line."""

SegmentationExhibit = Exhibit[Segmentation, LabelledImage, ImageScore]


@dataclass(frozen=True)
class SegmentationRules(Rules):
    """The rules of an evaluation of masks.

    Parameters
    ----------
    classes : what is compared.
    label_map : recorded classes that have another name, or do not count.
    confidence_threshold : probability below which a pixel has no class.
    tta : test-time augmentation; 'none' is what a robot runs.
    prompt_source : what the network was told about the picture.
    resize : how a mask is brought to the size of its labels.
    pooling : how the figures of images become one.
    """

    classes: str
    label_map: str = 'by name'
    confidence_threshold: float | str = 0.0
    tta: str = 'none'
    prompt_source: str = 'none'
    resize: str = 'mask to label size, nearest pixel'
    pooling: str = 'pixels of all images, then mean over classes'


@dataclass(frozen=True, eq=False)
class SegmentationEvaluation(Outcome):
    """All that is known after an evaluation of masks.

    Parameters
    ----------
    protocol : the rules it went by.
    counts : what became of the frames.
    scores : the figures, or None when the source has no masks.
    match : recorded and predicted classes under common numbers; None without masks.
    exhibits : a few frames spread over the recording, and the worst.
    """

    protocol: SegmentationRules
    counts: FrameCounts
    scores: SegmentationScores | None
    match: LabelMatch | None
    frames: tuple[FrameResult[ImageScore], ...]
    exhibits: tuple[SegmentationExhibit, ...]


@dataclass(frozen=True)
class ModelClasses:
    """What is known of the model behind the masks.

    Parameters
    ----------
    names : of its classes.
    wanted : those that it was asked for; empty: all.
    confidence_threshold : that it used, or 'not known'.
    prompt_source : what it was told, in words.
    bundle : for the baseline; None: done without.
    """

    names: tuple[str, ...]
    wanted: tuple[str, ...] = ()
    confidence_threshold: float | str = 0.0
    prompt_source: str = 'none'
    bundle: Bundle | None = None


def evaluate_segmentation(
    source: LabelSource,
    predictor: Predictor[Segmentation, LabelledImage],
    model: ModelClasses,
    label_map: LabelMap,
    *,
    tolerance_ms: float = 0.0,
    truth_required: bool = True,
    max_frames: int | None = None,
    progress: Progress | None = None,
) -> SegmentationEvaluation:
    """Compare masks with the recorded masks of a source.

    Parameters
    ----------
    source : recording or image set.
    predictor : where the masks to judge come from.
    model : what is known of the model behind them.
    label_map : recorded classes that the model calls otherwise.
    tolerance_ms : how far apart stamps may be and still pair, milliseconds.
    truth_required : if not, a source without masks gives an evaluation without figures.
    max_frames : look at no more than this many frames, spread evenly over the recording.
    progress : told after every frame.

    Raises
    ------
    EvaluationError : no frames, no masks, no stamps that fit, no class in common, or no image
        with a labelled pixel.
    SettingError : the label map names a class that the model does not know.
    """
    names = source.label_names
    match = match_labels(names, model.names, label_map, model.wanted) if names else None
    rules = SegmentationRules(
        source.name,
        classes='; '.join(match.classes if match else model.names),
        label_map=_in_words(label_map),
        confidence_threshold=model.confidence_threshold,
        prompt_source=model.prompt_source,
        tolerance_ms=tolerance_ms,
    )
    plan = plan_frames(
        source,
        predictor,
        rules,
        truth_required=truth_required,
        max_frames=max_frames,
        hint='no recorded masks of classes to compare with; if there are some, name their topic '
        'with --labels-topic (their label_info must lie beside it)',
    )
    baseline = majority_answer(model.bundle) if model.bundle else None
    baselines = {MAJORITY: match.answers(baseline)} if match and baseline else {}
    accumulator = SegmentationAccumulator(match.classes if match else ())

    def judge(prediction: Prediction[Segmentation], truth: LabelledImage) -> ImageScore | None:
        if prediction.answer is None or match is None:
            return None
        answer, label = match.answers(prediction.answer), match.labels(truth.values)
        return accumulator.add(score_image(answer, label, match, baselines))

    walk = walk_frames(source, predictor, plan, judge, badness=_badness, progress=progress)
    scores = accumulator.result() if plan.truths else None
    return SegmentationEvaluation(
        protocol=rules,
        counts=walk.counts(plan, accumulator.without_truth, scores.images if scores else 0),
        scores=scores,
        match=match,
        frames=walk.frames,
        exhibits=walk.exhibits,
        notes=(*source.notes, *predictor.notes(source), *_notes(match)),
        provenance={
            'recording': source.provenance(),
            **predictor.provenance(),
            'label_map': dict(label_map),
        },
    )


def _badness(score: ImageScore) -> float:
    return 1 - score.metrics.mean_iou


def _in_words(label_map: LabelMap) -> str:
    if not label_map:
        return 'by name'
    pairs = [f'{name} -> {target or "ignored"}' for name, target in label_map.items()]
    if len(pairs) > PAIRS_SAID:
        return f'by name, but {len(pairs)} recorded names by a map (provenance.label_map)'
    return f'by name, but {"; ".join(pairs)}'


def _notes(match: LabelMatch | None) -> Sequence[str]:
    if match is None or not match.ignored_names:
        return ()
    return (
        'Recorded classes that the model does not know, whose pixels do not count: '
        f'{", ".join(match.ignored_names)}.',
    )
