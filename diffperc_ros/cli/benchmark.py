# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`diffperc benchmark`: engines beside each other and beside plain PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from diffperc_ros.cli.console import interruption, message_console, progress_bar
from diffperc_ros.cli.options import JsonFile, Profile, Threads


def benchmark(
    bundles: Annotated[list[str], typer.Argument(help='Installed models, or paths of bundles.')],
    baseline: Annotated[
        str | None,
        typer.Option(
            help='Bundle whose network PyTorch runs as the baseline of all.',
            show_default="each bundle's own network",
        ),
    ] = None,
    baseline_attention: Annotated[
        Literal['fused', 'materialised'],
        typer.Option(help="The baselines' attention: fused, or materialised as published."),
    ] = 'fused',
    engine: Annotated[
        list[str] | None,
        typer.Option(
            help='backend:device, such as onnxruntime:cpu; may be repeated.',
            show_default='all that this machine has',
        ),
    ] = None,
    frames: Annotated[int, typer.Option(min=1, help='Frames that count, of each engine.')] = 50,
    warm_up: Annotated[int, typer.Option(min=0, help='Frames before that do not count.')] = 5,
    profile: Profile = 'realtime',
    precision: Annotated[str, typer.Option(help='auto, fp32, fp16 or bf16.')] = 'auto',
    threads: Threads = 0,
    json: JsonFile = None,
    markdown: Annotated[Path | None, typer.Option(help='File to write the table to.')] = None,
) -> None:
    """Measure models on every engine of this machine, in one run.

    The engines take turns frame by frame, each in a process of its own. Shown are median and 95th
    percentile of every stage, operations counted from the graph, peak memory, and the speed-up of
    inference over eager PyTorch on the same device.
    """
    from diffperc_ros.benchmark.candidates import candidates
    from diffperc_ros.benchmark.interleaved import measure
    from diffperc_ros.benchmark.report import document_text
    from diffperc_ros.benchmark.report import markdown as table
    from diffperc_ros.bundle.locate import find_bundle
    from diffperc_ros.cli.evaluate import command_line
    from diffperc_ros.core.errors import RuntimeUnavailableError
    from diffperc_ros.core.files import write_whole
    from diffperc_ros.runtimes.options import EngineOptions

    found = candidates(
        [find_bundle(bundle) for bundle in bundles],
        find_bundle(baseline) if baseline else None,
        engine or (),
        profile,
        precision,
        baseline_attention,
    )
    options = EngineOptions(threads=threads)
    with progress_bar('benchmark') as progress, interruption() as stopped:
        measurements = measure(
            found, options, frames=frames, warm_up=warm_up, progress=progress, stopped=stopped
        )
    text = table(measurements, command_line())
    typer.echo(text)
    for path, content in ((json, document_text(measurements, command_line())), (markdown, text)):
        if path is not None:
            write_whole(path, content)
            message_console().print(str(path))
    if not any(measurement.times for measurement in measurements):
        raise RuntimeUnavailableError('nothing could be measured; the reasons are above')
