# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The page of an evaluation of phrases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from diffperc_ros.evaluation.metrics.referring import THRESHOLDS
from diffperc_ros.evaluation.query.evaluate import QueryEvaluation, QueryExhibit
from diffperc_ros.evaluation.query.scores import QueryScores
from diffperc_ros.evaluation.report.colours import jpeg_uri
from diffperc_ros.evaluation.report.exhibits import Panel, Row
from diffperc_ros.evaluation.report.overlays import comparison_picture
from diffperc_ros.evaluation.report.page import render

SHOWN_PHRASES = 4
"""Most phrases of a frame that are shown."""

READING = (
    'A model knows the words and the kind of scenes that it was trained with; its bundle says '
    'which. Others may be understood, or not.',
    'Overall IoU counts pixels, so large objects dominate it; mean IoU counts phrases.',
    'Figures of one recording are no promise for another place: look at the pictures.',
    'An answer of this kind is not a safety function.',
)
NO_TRUTH = (
    'This recording holds no named objects to compare with: nothing here says how right the '
    'answers are, only what they look like and how long they took.'
)


@dataclass(frozen=True)
class MetricRow:
    """A line of the table of metrics."""

    name: str
    model: str
    baselines: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class PhraseRow:
    """A line of the table of phrases."""

    phrase: str
    present: int
    mean_iou: str
    absent: int
    correct: str


def render_query_page(evaluation: QueryEvaluation, document: dict[str, Any]) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    evaluation : what was found.
    document : the same as `query_document` returns it.
    """
    first, scores = evaluation.frames[0].stamp, evaluation.scores
    return render(
        'query.html.j2',
        f'Phrases about {document["provenance"]["recording"]["name"]}',
        evaluation,
        document,
        headline=headline(scores),
        facts=_facts(evaluation),
        reading=READING,
        table=_table(scores) if scores else [],
        absent=_absent(scores) if scores else '',
        phrases=_phrases(scores) if scores else [],
        rows=[_row(exhibit, first) for exhibit in evaluation.exhibits],
    )


def headline(scores: QueryScores | None) -> str:
    """Return the result in a sentence or two."""
    if scores is None:
        return NO_TRUTH
    sentences = []
    if scores.metrics is not None:
        others = [metrics.overall_iou for metrics in scores.baselines.values()]
        against = f'; an answer that needs no model has {max(others):.2f}' if others else ''
        sentences.append(
            f'Objects that are there are found with an overall IoU of '
            f'{scores.metrics.overall_iou:.2f}{against}.'
        )
    if scores.absent_correct is not None:
        sentences.append(
            f'Of objects that are not there, {scores.absent_correct:.0%} are rightly not found.'
        )
    return ' '.join(sentences)


def phrase_panels(exhibit: QueryExhibit) -> tuple[Panel, ...]:
    """Return a picture for every phrase; of many phrases the worst."""
    truth = exhibit.truth
    there = {one.phrase: truth.mask(one) for one in truth.expressions} if truth else {}
    score = exhibit.result.score
    values = {sample.phrase: sample for sample in score.samples} if score else {}
    worst = sorted(
        exhibit.prediction.masks,
        key=lambda phrase: values[phrase].value if phrase in values else 2.0,
    )[:SHOWN_PHRASES]
    panels = []
    for phrase in (one for one in exhibit.prediction.masks if one in worst):
        picture = comparison_picture(
            exhibit.image, exhibit.prediction.masks[phrase], there.get(phrase)
        )
        title = phrase
        if phrase in values:
            sample = values[phrase]
            title += f', IoU {sample.overlap.iou:.2f}' if sample.present else ' (not there)'
        panels.append(Panel(title, jpeg_uri(picture)))
    return tuple(panels)


def _row(exhibit: QueryExhibit, first_stamp: int) -> Row:
    seconds = (exhibit.result.stamp - first_stamp) / 1e9
    colour = Panel('Colour', jpeg_uri(exhibit.image))
    return Row(f't = {seconds:.2f} s', (colour, *phrase_panels(exhibit)))


def _facts(evaluation: QueryEvaluation) -> list[tuple[str, str]]:
    scores, tiles = evaluation.scores, []
    if scores is not None and scores.metrics is not None:
        tiles += [
            (f'{scores.metrics.overall_iou:.3f}', 'overall IoU'),
            (f'{scores.metrics.mean_iou:.3f}', 'mean IoU'),
            (f'{scores.metrics.precision[0]:.1%}', 'found with IoU 0.5 or more'),
        ]
    if scores is not None and scores.absent_correct is not None:
        tiles.append((f'{scores.absent_correct:.1%}', 'absent ones rightly not found'))
    tiles.append((str(len(evaluation.frames)), 'frames'))
    if evaluation.latencies_ms.size:
        tiles.append((f'{np.median(evaluation.latencies_ms):.0f} ms', 'a phrase, median'))
    return tiles


def _table(scores: QueryScores) -> list[MetricRow]:
    if scores.metrics is None:
        return []
    columns = [scores.metrics, *scores.baselines.values()]
    rows = []
    for name, title, meaning in (
        ('overall_iou', 'overall IoU', 'all shared pixels over all pixels of either (oIoU)'),
        ('mean_iou', 'mean IoU', 'mean over phrases (mIoU)'),
    ):
        model, *others = (f'{getattr(column, name):.3f}' for column in columns)
        rows.append(MetricRow(title, model, tuple(others), meaning))
    for place, threshold in enumerate(THRESHOLDS):
        model, *others = (f'{column.precision[place]:.1%}' for column in columns)
        meaning = f'share of phrases whose IoU is {threshold:g} or more'
        rows.append(MetricRow(f'P@{threshold:g}', model, tuple(others), meaning))
    return rows


def _absent(scores: QueryScores) -> str:
    missed = (
        '' if scores.missed is None else f'{scores.missed:.1%} of them were not found at all. '
    )
    if scores.absent_correct is None:
        return f'{missed}No phrase names an object that is not there.'
    return (
        f'{missed}{scores.absent} phrases name an object that is not in the picture; '
        f'{scores.absent_correct:.1%} of these were rightly not found.'
    )


def _phrases(scores: QueryScores) -> list[PhraseRow]:
    return [
        PhraseRow(
            phrase,
            found.present,
            '-' if found.mean_iou is None else f'{found.mean_iou:.3f}',
            found.absent,
            '-' if found.absent_correct is None else f'{found.absent_correct:.1%}',
        )
        for phrase, found in scores.by_phrase.items()
    ]
