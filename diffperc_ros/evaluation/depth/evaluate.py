# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Depth of a recording against the depth it was recorded with."""

from __future__ import annotations

from dataclasses import asdict

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.frame import Frame
from diffperc_ros.core.results import DepthImage
from diffperc_ros.evaluation.depth.accumulate import DepthAccumulator
from diffperc_ros.evaluation.depth.baselines import Baselines, bundle_baselines
from diffperc_ros.evaluation.depth.observations import Observations
from diffperc_ros.evaluation.depth.protocol import Protocol
from diffperc_ros.evaluation.depth.results import DepthCounts, Evaluation
from diffperc_ros.evaluation.depth.scores import ImageScore, score_image
from diffperc_ros.evaluation.sources.predictions import Prediction, Predictor
from diffperc_ros.evaluation.sources.source import Source, Truth
from diffperc_ros.evaluation.walk import Progress, plan_frames, walk_frames


def evaluate(
    source: Source[Truth],
    predictor: Predictor[DepthImage, Truth],
    protocol: Protocol,
    *,
    bundle: Bundle | None = None,
    truth_required: bool = True,
    max_frames: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Compare depth with the recorded depth of a source.

    Parameters
    ----------
    source : recording or image set.
    predictor : where the depth to judge comes from.
    protocol : the rules.
    bundle : model that the depth is from; brings the baselines to judge it by.
    truth_required : if not, a source without recorded depth gives an evaluation without figures.
    max_frames : look at no more than this many frames, spread evenly over the recording.
    progress : told after every frame.

    Raises
    ------
    EvaluationError : no frames, no recorded depth, no stamps that fit, or no image with a figure.
    """
    plan = plan_frames(
        source,
        predictor,
        protocol,
        truth_required=truth_required,
        max_frames=max_frames,
        hint='no recorded depth to compare with; if there is some, name its topic with '
        '--depth-topic',
    )
    baselines = bundle_baselines(bundle) if bundle else None
    accumulator = DepthAccumulator()
    observations = Observations(protocol.cap, bundle.depth.field_of_view if bundle else None)

    def judge(prediction: Prediction[DepthImage], truth: Truth) -> ImageScore | None:
        depth = prediction.answer
        if depth is None:
            return None
        observations.look(depth, truth)
        return accumulator.add(_score(prediction.frame, depth, truth, protocol, baselines))

    walk = walk_frames(source, predictor, plan, judge, progress=progress)
    depth = accumulator.result() if plan.truths else None
    counts = walk.counts(plan, accumulator.without_truth, depth.images if depth else 0)
    return Evaluation(
        protocol=protocol,
        counts=DepthCounts(
            **asdict(counts),
            without_answer=accumulator.without_answer,
            metric=depth.metric_images if depth else 0,
        ),
        depth=depth,
        frames=walk.frames,
        exhibits=walk.exhibits,
        notes=(*source.notes, *predictor.notes(source), *observations.notes()),
        provenance={'recording': source.provenance(), **predictor.provenance()},
    )


def _score(
    frame: Frame,
    depth: DepthImage,
    truth: Truth,
    protocol: Protocol,
    baselines: Baselines | None,
) -> ImageScore:
    height, width = truth.values.shape
    maps = baselines.maps(frame.camera, (width, height)) if baselines else {}
    return score_image(depth.values, depth.kind, truth.values, protocol, maps)
