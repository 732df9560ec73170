# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Depth of a recording against the depth it was recorded with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.core.frame import Frame
from diffperc_ros.core.results import DepthImage
from diffperc_ros.evaluation.accumulate import DepthAccumulator
from diffperc_ros.evaluation.baselines import Baselines, bundle_baselines
from diffperc_ros.evaluation.observations import Observations
from diffperc_ros.evaluation.pairing import nearest_difference, pair_stamps
from diffperc_ros.evaluation.predictions import Prediction, Predictor
from diffperc_ros.evaluation.protocol import Protocol
from diffperc_ros.evaluation.results import Evaluation, Exhibit, FrameCounts, FrameResult
from diffperc_ros.evaluation.scores import ImageScore, score_image
from diffperc_ros.evaluation.source import Source, Truth

Progress = Callable[[int, int], None]
"""Told (frames done, frames in all)."""

EXHIBITS = 6
"""How many frames are kept whole to be shown."""

Item = TypeVar('Item')


def evaluate(
    source: Source,
    predictor: Predictor,
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
    stamps, truth_stamps = predictor.stamps(source), source.truth_stamps()
    if not stamps:
        raise EvaluationError(f'{source.name}: there is no frame to evaluate')
    if truth_required and not truth_stamps:
        raise EvaluationError(
            f'{source.name}: no recorded depth to compare with; if there is some, name its topic '
            'with --depth-topic'
        )
    pairing = pair_stamps(stamps, truth_stamps, protocol.tolerance_ns)
    if truth_stamps and not pairing.pairs:
        raise EvaluationError(_nothing_pairs(source, stamps, truth_stamps, protocol))
    jobs: Sequence[tuple[int, int | None]] = pairing.pairs or [
        (index, None) for index in range(len(stamps))
    ]
    chosen = dict(spread(jobs, max_frames))
    shown = set(spread(list(chosen), EXHIBITS))

    baselines = bundle_baselines(bundle) if bundle else None
    accumulator = DepthAccumulator()
    observations = Observations(protocol.cap, bundle.depth.field_of_view if bundle else None)
    frames: list[FrameResult] = []
    exhibits: list[Exhibit] = []
    unreadable_truths = 0
    for index, prediction, truth in _together(source, predictor, chosen):
        score = None
        unreadable_truths += truth is None and chosen[index] is not None
        if prediction.depth is not None and truth is not None:
            observations.look(prediction.depth, truth)
            score = accumulator.add(
                _score(prediction.frame, prediction.depth, truth, protocol, baselines)
            )
        frames.append(FrameResult(stamps[index], prediction.latency_ms, score, prediction.problem))
        if index in shown and prediction.depth is not None:
            values = None if truth is None else truth.values
            exhibits.append(Exhibit(prediction.frame.image, prediction.depth, values, frames[-1]))
        if progress is not None:
            progress(len(frames), len(chosen))

    problems = [frame.problem for frame in frames if frame.problem]
    if len(problems) == len(frames):
        reason = problems[-1] if problems else 'none of the images can be read'
        raise EvaluationError(f'{source.name}: no frame has a prediction: {reason}')
    depth = accumulator.result() if truth_stamps else None
    counts = FrameCounts(
        predictions=len(stamps),
        truths=len(truth_stamps),
        unmatched_prediction=len(pairing.unmatched_predictions),
        unmatched_truth=len(pairing.unmatched_truths),
        left_out=len(jobs) - len(chosen),
        failed=len(problems) + len(chosen) - len(frames),
        without_truth=accumulator.without_truth + unreadable_truths,
        without_answer=accumulator.without_answer,
        evaluated=depth.images if depth else 0,
        metric=depth.metric_images if depth else 0,
    )
    return Evaluation(
        protocol=protocol,
        counts=counts,
        depth=depth,
        frames=tuple(frames),
        exhibits=tuple(exhibits),
        notes=(*source.notes, *predictor.notes(source), *observations.notes()),
        provenance={'recording': source.provenance(), **predictor.provenance()},
    )


def spread(items: Sequence[Item], wanted: int | None) -> list[Item]:
    """Return at most `wanted` of the items, evenly spread, first and last among them."""
    if wanted is None or wanted >= len(items):
        return list(items)
    if wanted == 1:
        return [items[len(items) // 2]]
    last = len(items) - 1
    return [items[round(place * last / (wanted - 1))] for place in range(wanted)]


def _together(
    source: Source, predictor: Predictor, chosen: Mapping[int, int | None]
) -> Iterator[tuple[int, Prediction, Truth | None]]:
    """Read predictions and ground truth side by side, each once and in order."""
    awaited = {index for index in chosen.values() if index is not None}
    held: dict[int, Truth] = {}
    reached = -1
    truths = source.truths() if awaited else iter(())
    for index, prediction in predictor.predict(source, set(chosen)):
        partner = chosen[index]
        while partner is not None and reached < partner:
            found = next(truths, None)
            if found is None:
                break
            reached, truth = found
            if reached in awaited:
                held[reached] = truth
        yield index, prediction, None if partner is None else held.pop(partner, None)


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


def _nothing_pairs(
    source: Source, stamps: Sequence[int], truth_stamps: Sequence[int], protocol: Protocol
) -> str:
    difference = nearest_difference(stamps, truth_stamps) or 0
    return (
        f'{source.name}: none of {len(stamps)} predictions and {len(truth_stamps)} recorded depth '
        f'images are stamped within {protocol.tolerance_ms:g} ms of each other; the nearest two '
        f'are {difference / 1e6:.3f} ms apart; allow that with --tolerance-ms, or choose other '
        'topics'
    )
