# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Command: examine a query bundle on rendered scenes that were never trained on.

python -m diffperc_ros.training.evaluate_query BUNDLE --shards SHARD --shards SHARD --json FILE
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.locate import find_bundle
from diffperc_ros.bundle.manifest import QueryBaselines
from diffperc_ros.core.frame import Frame, Stamp
from diffperc_ros.evaluation.metrics.referring import MaskOverlap, mask_overlap, referring_metrics
from diffperc_ros.perception.query import Querier
from diffperc_ros.perception.text import TextEncoder
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.training.data.questions import Examination, Question, examinations

Answer = Callable[[NDArray[np.uint8], str], NDArray[np.bool_]]
PHRASES = 4
LARGE = 0.05
"""Share of a picture that the box around a mask covers, from which a row of its own counts it."""
RESAMPLES = 2_000
INTERVAL = (2.5, 97.5)
"""Percentiles of the interval of the overall IoU."""


def bundle_answer(bundle: Bundle) -> Answer:
    """Return what a bundle answers to a picture and a phrase, as a node would publish it."""
    querier = Querier(bundle, OnnxRuntime(bundle.file(bundle.graph('realtime').file)))
    text = TextEncoder(bundle, OnnxRuntime(bundle.file(bundle.text.graph)))

    def answer(image: NDArray[np.uint8], phrase: str) -> NDArray[np.bool_]:
        querier.queries = text.encode([phrase], revision=1)
        return querier.perceive(Frame(image, Stamp(0, 0), 'camera')).mask > 0

    return answer


def mean_mask_answer(bundle: Bundle) -> Answer | None:
    """Return the bundle's answer that needs no model, where it declares one."""
    declared = bundle.manifest.baselines
    if not isinstance(declared, QueryBaselines):
        return None
    shares = np.load(bundle.file(declared.file))

    def answer(image: NDArray[np.uint8], phrase: str) -> NDArray[np.bool_]:
        del phrase
        size = (image.shape[1], image.shape[0])
        enlarged = cv2.resize(shares, size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(enlarged >= declared.threshold)

    return answer


def evaluate(answer: Answer, pictures: Sequence[Examination]) -> dict[str, dict[str, float]]:
    """Return figures by group of questions.

    'trained_combinations' and 'unseen_combinations' hold phrases that denote something, the
    latter saying a colour and a noun that were never said together in training; `shuffled_*` is
    the overall IoU when each picture is asked the phrase of another picture of its group, and
    `overall_iou_low` and `_high` are the 95 % interval of the overall IoU, by resampling
    pictures: a few large masks decide it.
    '*_large' are those of a group whose mask's box covers LARGE of the picture; 'form_*' are the
    trained ones by form. 'absent_*' hold phrases that denote nothing, of either sort: the share
    answered with an empty mask, where the thing named is not there, not in that colour, or not
    in that place.
    """
    questions = [question for picture in pictures for question in picture.questions]
    groups = {
        'trained_combinations': [q for q in questions if q.mask.any() and not q.held_out],
        'unseen_combinations': [q for q in questions if q.mask.any() and q.held_out],
    }
    result: dict[str, dict[str, float]] = {}
    for name, group in groups.items():
        if not group:
            continue
        overlaps = _overlaps(answer, pictures, group, group)
        result[name] = {
            **_figures(overlaps, group),
            'shuffled_overall_iou': referring_metrics(
                _overlaps(answer, pictures, group, _of_other_pictures(group))
            ).overall_iou,
        }
        sorts = {f'{name}_large': [_is_large(question.mask) for question in group]}
        if name == 'trained_combinations':
            for form in sorted({question.expression.form for question in group}):
                sorts[f'form_{form}'] = [question.expression.form == form for question in group]
        for sort, belongs in sorts.items():
            if any(belongs):
                result[sort] = _figures(
                    list(compress(overlaps, belongs)), list(compress(group, belongs))
                )
    absent = [question for question in questions if not question.mask.any()]
    for form in sorted({question.expression.form for question in absent}):
        empty = [
            not answer(pictures[question.picture].image, question.expression.phrase).any()
            for question in absent
            if question.expression.form == form
        ]
        result[form] = {'phrases': float(len(empty)), 'empty_share': float(np.mean(empty))}
    return result


def _is_large(mask: NDArray[np.bool_]) -> bool:
    _, _, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return bool(width * height >= LARGE * mask.size)


def _figures(overlaps: Sequence[MaskOverlap], group: Sequence[Question]) -> dict[str, float]:
    metrics = referring_metrics(overlaps)
    low, high = _interval(overlaps, [question.picture for question in group])
    return {
        'phrases': float(len(overlaps)),
        'overall_iou': metrics.overall_iou,
        'overall_iou_low': low,
        'overall_iou_high': high,
        'mean_iou': metrics.mean_iou,
        'precision_at_0.5': metrics.precision[0],
    }


def _interval(overlaps: Sequence[MaskOverlap], pictures: Sequence[int]) -> tuple[float, float]:
    """Return the bootstrap interval of the overall IoU; the seed is fixed."""
    _, which = np.unique(pictures, return_inverse=True)
    both = np.bincount(which, weights=[overlap.intersection for overlap in overlaps])
    either = np.bincount(which, weights=[overlap.union for overlap in overlaps])
    count = len(both)
    # How often each picture is drawn.
    drawn = np.random.default_rng(0).multinomial(count, [1 / count] * count, size=RESAMPLES)
    low, high = np.percentile((drawn @ both) / np.maximum(drawn @ either, 1), INTERVAL)
    return float(low), float(high)


def _overlaps(
    answer: Answer,
    pictures: Sequence[Examination],
    group: Sequence[Question],
    asked: Sequence[Question],
) -> list[MaskOverlap]:
    return [
        mask_overlap(
            answer(pictures[question.picture].image, other.expression.phrase), question.mask
        )
        for question, other in zip(group, asked, strict=True)
    ]


def _of_other_pictures(group: Sequence[Question]) -> list[Question]:
    """Return for every question the one half a round further, which is about another picture."""
    half = len(group) // 2
    return [*group[half:], *group[:half]]


def only_unseen(pictures: Sequence[Examination]) -> list[Examination]:
    """Return the pictures without the questions that say no combination, or a trained one."""
    return [
        replace(picture, questions=tuple(q for q in picture.questions if q.held_out))
        for picture in pictures
    ]


def report(
    bundle: Bundle, shards: list[Path], pictures: int | None, *, unseen_only: bool = False
) -> dict[str, Any]:
    """Return all figures of a bundle and its baseline, with what is needed to repeat them.

    Parameters
    ----------
    bundle : of a query network.
    shards : folders.
    pictures : how many of every shard; None: all.
    unseen_only : ask only phrases that say a combination never trained. They are rare and want
        many pictures; the figures of `unseen_combinations` are the same as among all phrases.
    """
    examined = list(examinations(shards, PHRASES, pictures))
    if unseen_only:
        examined = only_unseen(examined)
    baseline = mean_mask_answer(bundle)
    return {
        'bundle': bundle.manifest.name,
        'sha256': bundle.sha256,
        'shards': [shard.name for shard in shards],
        'unseen_only': unseen_only,
        'frames': len(examined),
        'metrics': evaluate(bundle_answer(bundle), examined),
        'baselines': {'mean_mask': evaluate(baseline, examined)} if baseline else {},
    }


def main(
    bundle: Annotated[str, typer.Argument(help='Name or folder of a query bundle.')],
    shards: Annotated[list[Path], typer.Option(help='Folder of a shard; may be repeated.')],
    json_file: Annotated[Path, typer.Option('--json', help='Where the figures go.')],
    pictures: Annotated[int | None, typer.Option(help='Of every shard; all by default.')] = None,
    unseen_only: Annotated[
        bool, typer.Option('--unseen-only', help='Only colours and nouns never trained together.')
    ] = False,
) -> None:
    """Examine a query bundle and write its figures."""
    figures = report(find_bundle(bundle), shards, pictures, unseen_only=unseen_only)
    json_file.write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures, indent=1))  # noqa: T201


if __name__ == '__main__':
    typer.run(main)
