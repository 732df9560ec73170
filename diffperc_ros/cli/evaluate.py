# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`diffperc evaluate`: how far answers are from what was recorded."""

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
    Classes,
    ConfidenceThreshold,
    DepthTopic,
    DepthUnit,
    Device,
    ExpressionsTopic,
    ImageTopic,
    InstancesTopic,
    JsonFile,
    LabelMapFile,
    LabelsTopic,
    MaskThreshold,
    Profile,
    Scene,
    ScoreThreshold,
    SpreadFrames,
    TaskName,
    Threads,
    ToleranceMs,
)

REPORT_NAME, DOCUMENT_NAME = 'index.html', 'evaluation.json'


def evaluate(
    recording: BagOrPictures,
    bundle: BundleName = None,
    task: TaskName = None,
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
    labels_topic: LabelsTopic = None,
    instances_topic: InstancesTopic = None,
    expressions_topic: ExpressionsTopic = None,
    label_map: LabelMapFile = None,
    scene: Scene = '',
    classes: Classes = None,
    confidence_threshold: ConfidenceThreshold = 0.0,
    mask_threshold: MaskThreshold = None,
    score_threshold: ScoreThreshold = None,
    cap: Cap = 10.0,
    tolerance_ms: ToleranceMs = 0.0,
    max_frames: SpreadFrames = None,
    profile: Profile = 'realtime',
    backend: Backend = 'auto',
    device: Device = 'auto',
    threads: Threads = 0,
) -> None:
    """Compare a model's depth, classes or phrases' objects with those that a recording holds.

    Prints the papers' metrics beside baselines that need no model. Of depth, metric figures (as
    computed) and median-scaled ones (shape only) are never mixed.
    """
    from diffperc_ros.cli.models import model_for
    from diffperc_ros.cli.task_tables import print_result
    from diffperc_ros.core.files import write_whole
    from diffperc_ros.evaluation.by_task import evaluate_task
    from diffperc_ros.evaluation.depth.document import document_text
    from diffperc_ros.evaluation.options import EvaluationOptions
    from diffperc_ros.evaluation.segmentation.matching import read_label_map
    from diffperc_ros.evaluation.sources.recording import TopicChoice
    from diffperc_ros.evaluation.sources.replayed_answers import task_of_replay
    from diffperc_ros.replay.tasks.open import Request
    from diffperc_ros.runtimes.options import EngineOptions

    options = EvaluationOptions(
        topics=TopicChoice(
            image_topic,
            camera_info_topic,
            depth_topic,
            depth_unit,
            labels_topic,
            instances_topic,
            expressions_topic,
        ),
        engine=EngineOptions(profile=profile, backend=backend, device=device, threads=threads),
        request=Request(
            scene=scene,
            classes=tuple(classes or ()),
            confidence_threshold=confidence_threshold,
            mask_threshold=mask_threshold,
            score_threshold=score_threshold,
        ),
        cap=cap,
        label_map=read_label_map(label_map) if label_map else {},
        tolerance_ms=tolerance_ms,
        max_frames=max_frames,
    )
    if replay is not None and bundle is None:
        model, chosen = None, task.value if task else task_of_replay(replay)
    else:
        named = model_for(task, bundle)
        model, chosen = named, named.manifest.task
    with progress_bar('evaluate') as progress:
        result = evaluate_task(chosen, recording, replay, model, options, command_line(), progress)
    print_result(result)
    written = []
    if json is not None:
        write_whole(json, document_text(result.document))
        written.append(json)
    if report is not None:
        write_whole(report / DOCUMENT_NAME, document_text(result.document))
        write_whole(report / REPORT_NAME, result.page())
        written.append(report / REPORT_NAME)
    for path in written:
        message_console().print(f'wrote {path}')


def command_line() -> str:
    """Return the command as it was typed, for the provenance of results."""
    return shlex.join(['diffperc', *sys.argv[1:]])
