# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The page of an evaluation of masks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.labels import read_labels
from diffperc_ros.core.labels import Colour
from diffperc_ros.evaluation.report.colours import jpeg_uri
from diffperc_ros.evaluation.report.exhibits import Panel, Row
from diffperc_ros.evaluation.report.overlays import (
    RIGHT,
    WRONG,
    class_colours,
    class_picture,
    legend,
)
from diffperc_ros.evaluation.report.page import render
from diffperc_ros.evaluation.segmentation.evaluate import (
    SegmentationEvaluation,
    SegmentationExhibit,
)
from diffperc_ros.evaluation.segmentation.matching import LabelMatch
from diffperc_ros.evaluation.segmentation.scores import SegmentationScores, fit_to_label

GREY = 255
"""Number that has no colour."""

READING = (
    'Recorded masks are drawn by people or rendered: their edges and their idea of a class have '
    'errors and choices of their own.',
    'A class that is rare counts as much in the mean as one that fills the picture.',
    'Figures of one recording are no promise for another place: look at the pictures.',
    'A mask of this kind is not a safety function.',
)
NO_TRUTH = (
    'This recording holds no masks of classes to compare with: nothing here says how right the '
    'masks are, only what they look like and how long they took.'
)


@dataclass(frozen=True)
class ClassRow:
    """A line of the table of figures."""

    name: str
    model: str
    baselines: tuple[str, ...]
    accuracy: str = ''
    share: str = ''


def render_segmentation_page(
    evaluation: SegmentationEvaluation,
    document: dict[str, Any],
    colours: dict[str, Colour] | None = None,
) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    evaluation : what was found.
    document : the same as `segmentation_document` returns it.
    colours : of the bundle's classes, where it is known.
    """
    first = evaluation.frames[0].stamp
    return render(
        'segmentation.html.j2',
        f'Classes in {document["provenance"]["recording"]["name"]}',
        evaluation,
        document,
        headline=headline(evaluation.scores),
        facts=_facts(evaluation),
        reading=READING,
        table=_table(evaluation.scores) if evaluation.scores else None,
        rows=[_row(exhibit, evaluation.match, colours, first) for exhibit in evaluation.exhibits],
    )


def bundle_colours(bundle: Bundle | None) -> dict[str, Colour]:
    """Return the colours that a bundle gives its classes."""
    if bundle is None:
        return {}
    return {label.name: label.colour for label in read_labels(bundle)}


def headline(scores: SegmentationScores | None) -> str:
    """Return the result in a sentence or two."""
    if scores is None:
        return NO_TRUTH
    found = scores.metrics
    best = max((metrics.mean_iou for metrics in scores.baselines.values()), default=None)
    against = '' if best is None else f'; an answer that needs no model has {best:.2f}'
    return (
        f'{found.pixel_accuracy:.0%} of the labelled pixels have the right class; the mean IoU '
        f'over classes is {found.mean_iou:.2f}{against}.'
    )


def mask_panel(exhibit: SegmentationExhibit, colours: dict[str, Colour] | None = None) -> Panel:
    """Return the picture of a mask alone, with its key."""
    names = exhibit.prediction.names
    numbers = np.full(256, GREY, np.uint8)
    numbers[list(names)] = range(len(names))
    shown = numbers[exhibit.prediction.class_ids]
    palette = class_colours(tuple(names.values()), colours)
    seen = [place for place in range(len(names)) if (shown == place).any()]
    key = legend([list(names.values())[place] for place in seen], [palette[p] for p in seen])
    picture = class_picture(exhibit.image, shown, palette)
    return Panel('Classes', jpeg_uri(picture), legend=key)


def _row(
    exhibit: SegmentationExhibit,
    match: LabelMatch | None,
    colours: dict[str, Colour] | None,
    first_stamp: int,
) -> Row:
    seconds = (exhibit.result.stamp - first_stamp) / 1e9
    colour = Panel('Colour', jpeg_uri(exhibit.image))
    if match is None or exhibit.truth is None:
        return Row(f't = {seconds:.2f} s', (colour, mask_panel(exhibit, colours)))
    label = match.labels(exhibit.truth.values)
    answer = fit_to_label(match.answers(exhibit.prediction), label.shape)
    palette = class_colours(match.classes, colours)
    seen = sorted({int(n) for n in np.union1d(label, answer) if n < len(match.classes)})
    key = legend([match.classes[n] for n in seen], [palette[n] for n in seen])
    verdict = np.where(label == GREY, GREY, label != answer).astype(np.uint8)
    panels = (
        colour,
        Panel('Recorded', jpeg_uri(class_picture(exhibit.image, label, palette)), legend=key),
        Panel('Predicted', jpeg_uri(class_picture(exhibit.image, answer, palette)), legend=key),
        Panel(
            'Right and wrong',
            jpeg_uri(class_picture(exhibit.image, verdict, (RIGHT, WRONG))),
            legend=legend(('right', 'wrong'), (RIGHT, WRONG)),
        ),
    )
    score = exhibit.result.score
    figures = (
        ': no pixel to compare'
        if score is None
        else f': mean IoU {score.metrics.mean_iou:.3f}, right {score.metrics.pixel_accuracy:.1%}'
    )
    return Row(f't = {seconds:.2f} s{figures}', panels)


def _facts(evaluation: SegmentationEvaluation) -> list[tuple[str, str]]:
    scores, tiles = evaluation.scores, []
    if scores is not None:
        tiles = [
            (f'{scores.metrics.mean_iou:.3f}', 'mean IoU'),
            (f'{scores.metrics.pixel_accuracy:.1%}', 'pixels with the right class'),
            (f'{scores.metrics.mean_accuracy:.3f}', 'mean accuracy'),
        ]
    tiles.append((str(len(evaluation.frames)), 'frames'))
    if evaluation.latencies_ms.size:
        tiles.append((f'{np.median(evaluation.latencies_ms):.0f} ms', 'a frame, median'))
    return tiles


def _table(scores: SegmentationScores) -> list[ClassRow]:
    columns = [scores.metrics, *scores.baselines.values()]
    rows = []
    for name, title in (
        ('mean_iou', 'mean IoU'),
        ('mean_accuracy', 'mean accuracy'),
        ('pixel_accuracy', 'pixel accuracy'),
    ):
        model, *others = (_number(getattr(column, name)) for column in columns)
        rows.append(ClassRow(title, model, tuple(others)))
    for place, name in enumerate(scores.classes):
        model, *others = (_number(column.iou[place]) for column in columns)
        accuracy = _number(scores.metrics.accuracy[place])
        share = f'{scores.shares[place]:.1%}'
        rows.append(ClassRow(f'IoU, {name}', model, tuple(others), accuracy, share))
    return rows


def _number(value: float) -> str:
    return '-' if math.isnan(value) else f'{value:.3f}'
