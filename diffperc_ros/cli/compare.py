# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`diffperc compare`: two models on one recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diffperc_ros.cli.console import message_console, progress_bar


def compare(
    recording: Annotated[
        Path,
        typer.Argument(help='Bag, or folder of pictures with frames.csv and intrinsics.json.'),
    ],
    bundle: Annotated[
        list[str], typer.Option(help='Installed model, or path of a bundle; give two.')
    ],
    json: Annotated[Path | None, typer.Option(help='File to write all figures to.')] = None,
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
    device: Annotated[str, typer.Option(help='auto, cpu, cuda or tensorrt.')] = 'auto',
    threads: Annotated[int, typer.Option(min=0, help='CPU threads; 0: the engine decides.')] = 0,
) -> None:
    """Compare two models on one recording, image by image.

    Prints the mean difference of every metric with a 95 % bootstrap interval over the images.
    """
    from diffperc_ros.bundle.locate import find_bundle
    from diffperc_ros.cli.evaluate import command_line
    from diffperc_ros.cli.tables import print_comparison
    from diffperc_ros.evaluation.compare import compare as compare_evaluations
    from diffperc_ros.evaluation.compare import comparison_document
    from diffperc_ros.evaluation.document import document_text, evaluation_document
    from diffperc_ros.evaluation.from_paths import (
        EngineChoice,
        EvaluationOptions,
        evaluate_bundle,
    )
    from diffperc_ros.evaluation.recording_source import TopicChoice
    from diffperc_ros.evaluation.writing import write_whole

    if len(bundle) != 2:
        raise typer.BadParameter('give --bundle twice', param_hint='--bundle')
    options = EvaluationOptions(
        topics=TopicChoice(image_topic, camera_info_topic, depth_topic, depth_unit),
        engine=EngineChoice(device=device, threads=threads),
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
