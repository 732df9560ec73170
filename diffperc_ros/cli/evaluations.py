# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The evaluation of each task: how it runs, and how what it finds is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.cli.mask_tables import print_query, print_segmentation
from diffperc_ros.cli.tables import print_evaluation
from diffperc_ros.core.errors import BundleError
from diffperc_ros.evaluation.document import evaluation_document
from diffperc_ros.evaluation.from_paths import evaluate_bundle, evaluate_replay
from diffperc_ros.evaluation.options import EvaluationOptions
from diffperc_ros.evaluation.query.document import query_document
from diffperc_ros.evaluation.query.from_paths import evaluate_query_bundle, evaluate_query_replay
from diffperc_ros.evaluation.report.page import render_page
from diffperc_ros.evaluation.report.query_page import render_query_page
from diffperc_ros.evaluation.report.segmentation_page import (
    bundle_colours,
    render_segmentation_page,
)
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
    document : as JSON.
    show : prints it.
    page : returns it as HTML.
    """

    document: dict[str, Any]
    show: Callable[[], None]
    page: Callable[[], str]


Evaluate: TypeAlias = Callable[
    [Path, Path | None, Bundle | None, EvaluationOptions, str, Progress], Result
]
"""(recording, replay or None, bundle or None, options, command line, progress) -> result; at least
one of replay and bundle is there."""


def _depth(
    recording: Path,
    replay: Path | None,
    bundle: Bundle | None,
    options: EvaluationOptions,
    command: str,
    progress: Progress,
) -> Result:
    if replay is None:
        evaluation = evaluate_bundle(recording, _needed(bundle), options, progress)
    else:
        evaluation = evaluate_replay(recording, replay, bundle, options, progress)
    document = evaluation_document(evaluation, command)
    return Result(
        document,
        lambda: print_evaluation(evaluation),
        lambda: render_page(evaluation, document),
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
        evaluation = evaluate_segmentation_bundle(recording, _needed(bundle), options, progress)
    else:
        evaluation = evaluate_segmentation_replay(recording, replay, bundle, options, progress)
    document = segmentation_document(evaluation, command)
    return Result(
        document,
        lambda: print_segmentation(evaluation),
        lambda: render_segmentation_page(evaluation, document, bundle_colours(bundle)),
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
        evaluation = evaluate_query_bundle(recording, _needed(bundle), options, progress)
    else:
        evaluation = evaluate_query_replay(recording, replay, bundle, options, progress)
    document = query_document(evaluation, command)
    return Result(
        document,
        lambda: print_query(evaluation),
        lambda: render_query_page(evaluation, document),
    )


def evaluation_of(task: str) -> Evaluate:
    """Return how a task is evaluated.

    Raises
    ------
    BundleError : recordings cannot be evaluated for this task.
    """
    known: dict[str, Evaluate] = {
        'depth': _depth,
        'segmentation': _segmentation,
        'query': _query,
    }
    if task not in known:
        raise BundleError(f'a model for {task} cannot be evaluated on recordings')
    return known[task]


def _needed(bundle: Bundle | None) -> Bundle:
    if bundle is None:
        raise BundleError('neither a model nor a replay was given')
    return bundle
