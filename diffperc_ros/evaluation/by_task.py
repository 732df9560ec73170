# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The evaluation of each task behind one form, for commands that know no tasks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import BundleError
from diffperc_ros.evaluation.depth.document import evaluation_document
from diffperc_ros.evaluation.depth.from_paths import evaluate_bundle, evaluate_replay
from diffperc_ros.evaluation.options import EvaluationOptions
from diffperc_ros.evaluation.outcome import Exhibit, Outcome
from diffperc_ros.evaluation.query.document import query_document
from diffperc_ros.evaluation.query.from_paths import evaluate_query_bundle, evaluate_query_replay
from diffperc_ros.evaluation.report import query_page, segmentation_page, words
from diffperc_ros.evaluation.report.exhibits import Panel, prediction_panel
from diffperc_ros.evaluation.report.page import render_page
from diffperc_ros.evaluation.segmentation.document import segmentation_document
from diffperc_ros.evaluation.segmentation.from_paths import (
    evaluate_segmentation_bundle,
    evaluate_segmentation_replay,
)
from diffperc_ros.evaluation.walk import Progress


@dataclass(frozen=True)
class Result:
    """An evaluation of any task.

    Parameters
    ----------
    task : its name.
    outcome : what was found; an evaluation of the task.
    exhibits : frames kept whole.
    document : the same as JSON.
    headline : in a sentence or two.
    page : returns it as HTML.
    panels : pictures of the answer for one of the exhibits.
    """

    task: str
    outcome: Outcome
    exhibits: tuple[Exhibit[Any, Any, Any], ...]
    document: dict[str, Any]
    headline: str
    page: Callable[[], str]
    panels: Callable[[Exhibit[Any, Any, Any]], tuple[Panel, ...]]


def evaluate_task(
    task: str,
    recording: Path,
    replay: Path | None,
    bundle: Bundle | None,
    options: EvaluationOptions,
    command: str,
    progress: Progress,
) -> Result:
    """Evaluate a replay, or run a bundle where there is none.

    Parameters
    ----------
    task : of bundle or replay.
    recording : bag or folder of pictures with something to compare with.
    replay : bag of answers, or None.
    bundle : the model; may be None where there is a replay.
    options : what the user chose.
    command : command line, for the provenance.
    progress : told after every frame.

    Raises
    ------
    BundleError : recordings cannot be evaluated for this task, or neither replay nor bundle.
    DiffpercError : whatever the task's evaluation raises.
    """
    known: dict[str, _Evaluate] = {
        'depth': _depth,
        'segmentation': _segmentation,
        'query': _query,
    }
    if task not in known:
        raise BundleError(f'a model for {task} cannot be evaluated on recordings')
    return known[task](recording, replay, bundle, options, command, progress)


_Evaluate: TypeAlias = Callable[
    [Path, Path | None, Bundle | None, EvaluationOptions, str, Progress], Result
]


def _depth(
    recording: Path,
    replay: Path | None,
    bundle: Bundle | None,
    options: EvaluationOptions,
    command: str,
    progress: Progress,
) -> Result:
    if replay is None:
        found = evaluate_bundle(recording, _needed(bundle), options, progress)
    else:
        found = evaluate_replay(recording, replay, bundle, options, progress)
    document = evaluation_document(found, command)
    return Result(
        task='depth',
        outcome=found,
        exhibits=found.exhibits,
        document=document,
        headline=words.headline(found),
        page=lambda: render_page(found, document),
        panels=lambda exhibit: (prediction_panel(exhibit.prediction),),
    )


def _segmentation(
    recording: Path,
    replay: Path | None,
    bundle: Bundle | None,
    options: EvaluationOptions,
    command: str,
    progress: Progress,
) -> Result:
    if replay is None:
        found = evaluate_segmentation_bundle(recording, _needed(bundle), options, progress)
    else:
        found = evaluate_segmentation_replay(recording, replay, bundle, options, progress)
    document = segmentation_document(found, command)
    colours = segmentation_page.bundle_colours(bundle)
    return Result(
        task='segmentation',
        outcome=found,
        exhibits=found.exhibits,
        document=document,
        headline=segmentation_page.headline(found.scores),
        page=lambda: segmentation_page.render_segmentation_page(found, document, colours),
        panels=lambda exhibit: (segmentation_page.mask_panel(exhibit, colours),),
    )


def _query(
    recording: Path,
    replay: Path | None,
    bundle: Bundle | None,
    options: EvaluationOptions,
    command: str,
    progress: Progress,
) -> Result:
    if replay is None:
        found = evaluate_query_bundle(recording, _needed(bundle), options, progress)
    else:
        found = evaluate_query_replay(recording, replay, bundle, options, progress)
    document = query_document(found, command)
    return Result(
        task='query',
        outcome=found,
        exhibits=found.exhibits,
        document=document,
        headline=query_page.headline(found.scores),
        page=lambda: query_page.render_query_page(found, document),
        panels=query_page.phrase_panels,
    )


def _needed(bundle: Bundle | None) -> Bundle:
    if bundle is None:
        raise BundleError('neither a model nor a replay was given')
    return bundle
