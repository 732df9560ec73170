# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`diffperc compare`: two models on one recording."""

from __future__ import annotations

from typing import Annotated

import typer

from diffperc_ros.cli.console import message_console, progress_bar
from diffperc_ros.cli.options import (
    BagOrPictures,
    CameraInfoTopic,
    Cap,
    DepthTopic,
    DepthUnit,
    Device,
    ImageTopic,
    JsonFile,
    SpreadFrames,
    Threads,
    ToleranceMs,
)


def compare(
    recording: BagOrPictures,
    bundle: Annotated[
        list[str], typer.Option(help='Installed model, or path of a bundle; give two.')
    ],
    json: JsonFile = None,
    image_topic: ImageTopic = None,
    camera_info_topic: CameraInfoTopic = None,
    depth_topic: DepthTopic = None,
    depth_unit: DepthUnit = 0.001,
    cap: Cap = 10.0,
    tolerance_ms: ToleranceMs = 0.0,
    max_frames: SpreadFrames = None,
    device: Device = 'auto',
    threads: Threads = 0,
) -> None:
    """Compare two models on one recording, image by image.

    Prints the mean difference of every metric with a 95 % bootstrap interval over the images.
    """
    from diffperc_ros.bundle.locate import find_bundle
    from diffperc_ros.cli.evaluate import command_line
    from diffperc_ros.cli.tables import print_comparison
    from diffperc_ros.core.files import write_whole
    from diffperc_ros.evaluation.depth.compare import compare as compare_evaluations
    from diffperc_ros.evaluation.depth.compare import comparison_document
    from diffperc_ros.evaluation.depth.document import document_text, evaluation_document
    from diffperc_ros.evaluation.depth.from_paths import evaluate_bundle
    from diffperc_ros.evaluation.options import EvaluationOptions
    from diffperc_ros.evaluation.sources.recording import TopicChoice
    from diffperc_ros.runtimes.options import EngineOptions

    if len(bundle) != 2:
        raise typer.BadParameter('give --bundle twice', param_hint='--bundle')
    options = EvaluationOptions(
        topics=TopicChoice(image_topic, camera_info_topic, depth_topic, depth_unit),
        engine=EngineOptions(device=device, threads=threads),
        cap=cap,
        tolerance_ms=tolerance_ms,
        max_frames=max_frames,
    )
    evaluations = []
    for model in [find_bundle(name) for name in bundle]:
        with progress_bar(f'evaluate {model.manifest.name}') as progress:
            evaluations.append(evaluate_bundle(recording, model, options, progress))
    comparison = compare_evaluations(evaluations[0], evaluations[1], (bundle[0], bundle[1]))
    print_comparison(comparison)
    if json is not None:
        document = {
            **comparison_document(comparison),
            'evaluations': [
                evaluation_document(evaluation, command_line()) for evaluation in evaluations
            ],
        }
        write_whole(json, document_text(document))
        message_console().print(f'wrote {json}')
