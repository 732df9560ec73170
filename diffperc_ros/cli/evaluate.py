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

REPORT_NAME, DOCUMENT_NAME = 'index.html', 'evaluation.json'


def evaluate(
    recording: Annotated[
        Path,
        typer.Argument(help='Bag, or folder of pictures with frames.csv and intrinsics.json.'),
    ],
    bundle: Annotated[
        str | None, typer.Option(help='Installed model, or path of a bundle. [small indoor depth]')
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help='Evaluate this replay instead of running a model.')
    ] = None,
    json: Annotated[Path | None, typer.Option(help='File to write all figures to.')] = None,
    report: Annotated[
        Path | None, typer.Option(help='Folder to write a page with pictures to.')
    ] = None,
    image_topic: Annotated[
        str | None, typer.Option(help='Colour images. [the only camera]')
    ] = None,
    camera_info_topic: Annotated[
        str | None, typer.Option(help='Intrinsics. [camera_info beside the images]')
    ] = None,
    depth_topic: Annotated[
        str | None, typer.Option(help='Recorded depth. [the only depth topic]')
    ] = None,
    depth_unit: Annotated[
        float, typer.Option(min=1e-6, help='Metres per count of 16-bit recorded depth.')
    ] = 0.001,
    cap: Annotated[float, typer.Option(help='Deepest ground truth that counts, metres.')] = 10.0,
    tolerance_ms: Annotated[
        float, typer.Option(help='How far apart stamps may be and still pair.')
    ] = 0.0,
    max_frames: Annotated[
        int | None, typer.Option(min=1, help='Look at no more frames, spread evenly.')
    ] = None,
    profile: Annotated[str, typer.Option(help='Graph of the bundle.')] = 'realtime',
    backend: Annotated[str, typer.Option(help='Engine: onnxruntime or torch.')] = 'onnxruntime',
    device: Annotated[str, typer.Option(help='auto, cpu, cuda or tensorrt.')] = 'auto',
    threads: Annotated[int, typer.Option(min=0, help='CPU threads; 0: the engine decides.')] = 0,
) -> None:
    """Compare a model's depth with the depth that a recording holds.

    Prints the papers' metrics beside two baselines that need no model; metric figures (as
    computed) and median-scaled ones (shape only) are never mixed.
    """
    from diffperc_ros.bundle.locate import DEFAULT_DEPTH_BUNDLE, find_bundle
    from diffperc_ros.cli.tables import print_evaluation
    from diffperc_ros.evaluation.document import document_text, evaluation_document
    from diffperc_ros.evaluation.from_paths import (
        EngineChoice,
        EvaluationOptions,
        evaluate_bundle,
        evaluate_replay,
    )
    from diffperc_ros.evaluation.recording_source import TopicChoice
    from diffperc_ros.evaluation.report.page import render_page
    from diffperc_ros.evaluation.writing import write_whole

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
