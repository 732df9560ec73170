# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`diffperc evaluate`: how far computed depth is from recorded depth."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from diffperc_ros.cli.console import message_console, progress_bar
from diffperc_ros.cli.options import (
    Backend,
    BagOrPictures,
    BundleName,
    CameraInfoTopic,
    Cap,
    DepthTopic,
    DepthUnit,
    Device,
    ImageTopic,
    JsonFile,
    Profile,
    SpreadFrames,
    Threads,
    ToleranceMs,
)

REPORT_NAME, DOCUMENT_NAME = 'index.html', 'evaluation.json'


def evaluate(
    recording: BagOrPictures,
    bundle: BundleName = None,
    replay: Annotated[
        Path | None, typer.Option(help='Evaluate this replay instead of running a model.')
    ] = None,
    json: JsonFile = None,
    report: Annotated[
        Path | None, typer.Option(help='Folder to write a page with pictures to.')
    ] = None,
    image_topic: ImageTopic = None,
    camera_info_topic: CameraInfoTopic = None,
    depth_topic: DepthTopic = None,
    depth_unit: DepthUnit = 0.001,
    cap: Cap = 10.0,
    tolerance_ms: ToleranceMs = 0.0,
    max_frames: SpreadFrames = None,
    profile: Profile = 'realtime',
    backend: Backend = 'onnxruntime',
    device: Device = 'auto',
    threads: Threads = 0,
) -> None:
    """Compare a model's depth with the depth that a recording holds.

    Prints the papers' metrics beside two baselines that need no model; metric figures (as
    computed) and median-scaled ones (shape only) are never mixed.
    """
    from diffperc_ros.bundle.locate import DEFAULT_DEPTH_BUNDLE, find_bundle
    from diffperc_ros.cli.tables import print_evaluation
    from diffperc_ros.evaluation.document import document_text, evaluation_document
    from diffperc_ros.evaluation.from_paths import (
        EvaluationOptions,
        evaluate_bundle,
        evaluate_replay,
    )
    from diffperc_ros.evaluation.recording_source import TopicChoice
    from diffperc_ros.evaluation.report.page import render_page
    from diffperc_ros.evaluation.writing import write_whole
    from diffperc_ros.replay.tasks.open import EngineChoice

    options = EvaluationOptions(
        topics=TopicChoice(image_topic, camera_info_topic, depth_topic, depth_unit),
        engine=EngineChoice(profile, backend, device, threads),
        cap=cap,
        tolerance_ms=tolerance_ms,
        max_frames=max_frames,
    )
    with progress_bar('evaluate') as progress:
        if replay is None:
            model = find_bundle(bundle or DEFAULT_DEPTH_BUNDLE)
            evaluation = evaluate_bundle(recording, model, options, progress)
        else:
            named = find_bundle(bundle) if bundle else None
            evaluation = evaluate_replay(recording, replay, named, options, progress)
    document = evaluation_document(evaluation, command_line())
    print_evaluation(evaluation)
    written = []
    if json is not None:
        write_whole(json, document_text(document))
        written.append(json)
    if report is not None:
        write_whole(report / DOCUMENT_NAME, document_text(document))
        write_whole(report / REPORT_NAME, render_page(evaluation, document))
        written.append(report / REPORT_NAME)
    for path in written:
        message_console().print(f'wrote {path}')


def command_line() -> str:
    """Return the command as it was typed, for the provenance of results."""
    return shlex.join(['diffperc', *sys.argv[1:]])
