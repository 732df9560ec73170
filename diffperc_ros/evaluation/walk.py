# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Predictions and ground truth side by side: what every evaluation does, whatever its task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.outcome import Exhibit, FrameCounts, FrameResult
from diffperc_ros.evaluation.rules import Rules
from diffperc_ros.evaluation.sources.pairing import Pairing, nearest_difference, pair_stamps
from diffperc_ros.evaluation.sources.predictions import Prediction, Predictor
from diffperc_ros.evaluation.sources.source import Source

Progress = Callable[[int, int], None]
"""Told (frames done, frames in all)."""

EXHIBITS = 6
"""How many frames, spread evenly, are kept whole to be shown."""
WORST = 3
"""How many more are kept because they are the worst."""

Item = TypeVar('Item')
Answer = TypeVar('Answer')
Reference = TypeVar('Reference')
Score = TypeVar('Score')

Judge = Callable[[Prediction[Answer], Reference], 'Score | None']
"""Compares an answer with its reference; None where the image does not count."""


@dataclass(frozen=True)
class Plan:
    """Which frames are looked at, and what each is compared with.

    Parameters
    ----------
    stamps : of all predictions, nanoseconds.
    truths : how many references there are.
    pairing : who found whom.
    jobs : how many frames could be looked at.
    chosen : place in `stamps` -> place among the references, or None.
    """

    stamps: Sequence[int]
    truths: int
    pairing: Pairing
    jobs: int
    chosen: Mapping[int, int | None]


@dataclass(frozen=True, eq=False)
class Walk(Generic[Answer, Reference, Score]):
    """What was met on the way.

    Parameters
    ----------
    frames : one entry per frame that was looked at.
    exhibits : frames kept whole, in stamp order.
    unreadable_truths : references that could not be read.
    """

    frames: tuple[FrameResult[Score], ...]
    exhibits: tuple[Exhibit[Answer, Reference, Score], ...]
    unreadable_truths: int

    def counts(self, plan: Plan, without_truth: int, evaluated: int) -> FrameCounts:
        """Return what became of every stamp.

        Parameters
        ----------
        plan : that was walked.
        without_truth : images whose reference was read but holds nothing.
        evaluated : images behind the figures.
        """
        problems = sum(bool(frame.problem) for frame in self.frames)
        return FrameCounts(
            predictions=len(plan.stamps),
            truths=plan.truths,
            unmatched_prediction=len(plan.pairing.unmatched_predictions),
            unmatched_truth=len(plan.pairing.unmatched_truths),
            left_out=plan.jobs - len(plan.chosen),
            failed=problems + len(plan.chosen) - len(self.frames),
            without_truth=without_truth + self.unreadable_truths,
            evaluated=evaluated,
        )


def plan_frames(
    source: Source[Reference],
    predictor: Predictor[Answer, Reference],
    rules: Rules,
    *,
    truth_required: bool,
    max_frames: int | None,
    hint: str,
) -> Plan:
    """Pair predictions with references and choose the frames to look at.

    Parameters
    ----------
    source, predictor : where references and answers come from.
    rules : how far apart stamps may be.
    truth_required : if not, a source without references is walked for its pictures alone.
    max_frames : look at no more than this many frames, spread evenly over the recording.
    hint : how to name what was recorded, for the message where nothing is found.

    Raises
    ------
    EvaluationError : no frames, no references, or no stamps that fit.
    """
    stamps, truth_stamps = predictor.stamps(source), source.truth_stamps()
    if not stamps:
        raise EvaluationError(f'{source.name}: there is no frame to evaluate')
    if truth_required and not truth_stamps:
        raise EvaluationError(f'{source.name}: {hint}')
    pairing = pair_stamps(stamps, truth_stamps, rules.tolerance_ns)
    if truth_stamps and not pairing.pairs:
        difference = nearest_difference(stamps, truth_stamps) or 0
        raise EvaluationError(
            f'{source.name}: none of {len(stamps)} predictions and {len(truth_stamps)} references '
            f'are stamped within {rules.tolerance_ms:g} ms of each other; the nearest two are '
            f'{difference / 1e6:.3f} ms apart; allow that with --tolerance-ms, or choose other '
            'topics'
        )
    jobs: Sequence[tuple[int, int | None]] = pairing.pairs or [
        (index, None) for index in range(len(stamps))
    ]
    chosen = dict(spread(jobs, max_frames))
    return Plan(stamps, len(truth_stamps), pairing, len(jobs), chosen)


def walk_frames(
    source: Source[Reference],
    predictor: Predictor[Answer, Reference],
    plan: Plan,
    judge: Judge[Answer, Reference, Score],
    *,
    badness: Callable[[Score], float] | None = None,
    progress: Progress | None = None,
) -> Walk[Answer, Reference, Score]:
    """Look at the frames of a plan, one after the other.

    Parameters
    ----------
    source, predictor : those of the plan.
    judge : compares; called for every frame with an answer and a reference.
    badness : the larger the worse; the worst frames are kept whole too.
    progress : told after every frame.

    Raises
    ------
    EvaluationError : no frame has a prediction.
    """
    shown = set(spread(list(plan.chosen), EXHIBITS))
    frames: list[FrameResult[Score]] = []
    kept: dict[int, Exhibit[Answer, Reference, Score]] = {}
    worst: list[tuple[float, int]] = []
    unreadable = 0
    for index, prediction, truth in _together(source, predictor, plan.chosen):
        score = None
        unreadable += truth is None and plan.chosen[index] is not None
        if prediction.answer is not None and truth is not None:
            score = judge(prediction, truth)
        result = FrameResult(plan.stamps[index], prediction.latency_ms, score, prediction.problem)
        frames.append(result)
        if prediction.answer is not None:
            kept[index] = Exhibit(prediction.frame.image, prediction.answer, truth, result)
        if score is not None and badness is not None:
            worst = sorted([*worst, (-badness(score), index)])[:WORST]
        for place in kept.keys() - shown - {place for _, place in worst}:
            del kept[place]
        if progress is not None:
            progress(len(frames), len(plan.chosen))
    problems = [frame.problem for frame in frames if frame.problem]
    if len(problems) == len(frames):
        reason = problems[-1] if problems else 'none of the images can be read'
        raise EvaluationError(f'{source.name}: no frame has a prediction: {reason}')
    return Walk(tuple(frames), tuple(kept[index] for index in sorted(kept)), unreadable)


def spread(items: Sequence[Item], wanted: int | None) -> list[Item]:
    """Return at most `wanted` of the items, evenly spread, first and last among them."""
    if wanted is None or wanted >= len(items):
        return list(items)
    if wanted == 1:
        return [items[len(items) // 2]]
    last = len(items) - 1
    return [items[round(place * last / (wanted - 1))] for place in range(wanted)]


def _together(
    source: Source[Reference],
    predictor: Predictor[Answer, Reference],
    chosen: Mapping[int, int | None],
) -> Iterator[tuple[int, Prediction[Answer], Reference | None]]:
    """Read predictions and ground truth side by side, each once and in order."""
    awaited = {index for index in chosen.values() if index is not None}
    held: dict[int, Reference] = {}
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
