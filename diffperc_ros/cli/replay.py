# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`diffperc replay`: a recording in, a recording with depth, masks or found objects out."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diffperc_ros.cli.console import INTERRUPTED, interruption, message_console, progress_bar
from diffperc_ros.cli.options import (
    Backend,
    Bag,
    BundleName,
    CameraInfoTopic,
    Classes,
    ConfidenceThreshold,
    Device,
    ImageTopic,
    MaskThreshold,
    Profile,
    Scene,
    ScoreThreshold,
    TaskName,
    Threads,
)

if TYPE_CHECKING:
    from diffperc_ros.replay.summary import ReplaySummary
    from diffperc_ros.replay.tasks.task import ReplayTask

DONE_IN_PART = 2
REASONS_SHOWN = 3


class Storage(str, Enum):
    """Containers of the output."""

    MCAP = 'mcap'
    SQLITE3 = 'sqlite3'


def replay(
    recording: Bag,
    output: Annotated[Path, typer.Option(help='Folder to make; must not exist.')],
    bundle: BundleName = None,
    task: TaskName = None,
    phrase: Annotated[
        list[str] | None, typer.Option(help='Query: what to look for; may be repeated.')
    ] = None,
    scene: Scene = '',
    classes: Classes = None,
    confidence_threshold: ConfidenceThreshold = 0.0,
    mask_threshold: MaskThreshold = None,
    score_threshold: ScoreThreshold = None,
    image_topic: ImageTopic = None,
    camera_info_topic: CameraInfoTopic = None,
    depth_topic: Annotated[
        str | None, typer.Option(help='Recorded depth, noted for a later evaluation.')
    ] = None,
    backend: Backend = 'auto',
    device: Device = 'auto',
    threads: Threads = 0,
    profile: Profile = 'realtime',
    storage: Annotated[
        Storage, typer.Option(help='Container to write; sqlite3 opens on Humble too.')
    ] = Storage.MCAP,
    start: Annotated[
        float | None, typer.Option(min=0, help='Seconds after the first image to begin at.')
    ] = None,
    end: Annotated[
        float | None, typer.Option(min=0, help='Seconds after the first image to end at.')
    ] = None,
    every: Annotated[int, typer.Option(min=1, help='Take one frame of so many.')] = 1,
    max_frames: Annotated[
        int | None, typer.Option(min=1, help='Take no more frames than that.')
    ] = None,
) -> None:
    """Compute depth, classes or phrases' objects for every frame of a recording, the same twice.

    Writes a rosbag2 with the topics of the task's node, in the order of stamps, beside them
    run.json and frames.csv. Depth is relative where the camera's intrinsics are not known.
    """
    from dataclasses import asdict

    from diffperc_ros.cli.models import model_for
    from diffperc_ros.recordings.order import Selection
    from diffperc_ros.recordings.reader import open_recording
    from diffperc_ros.replay.replay import ReplayOptions
    from diffperc_ros.replay.replay import replay as run_replay
    from diffperc_ros.replay.tasks.open import Request, open_task
    from diffperc_ros.runtimes.options import EngineOptions

    engine = EngineOptions(profile=profile, backend=backend, device=device, threads=threads)
    request = Request(
        scene=scene,
        classes=tuple(classes or ()),
        confidence_threshold=confidence_threshold,
        phrases=tuple(phrase or ()),
        mask_threshold=mask_threshold,
        score_threshold=score_threshold,
    )
    options = ReplayOptions(
        image_topic=image_topic,
        camera_info_topic=camera_info_topic,
        depth_topic=depth_topic,
        selection=Selection(start, end, every, max_frames),
        storage=storage.value,
        engine_request=asdict(engine),
    )
    model = model_for(task, bundle)
    with open_recording(recording) as opened:
        for note in (*opened.notes, *opened.losses):
            message_console().print(f'{recording}: {note}')
        with open_task(model, engine, request) as perceiving:
            try:
                with progress_bar('replay') as progress, interruption() as stopped:
                    summary = run_replay(opened, output, perceiving, options, progress, stopped)
            except KeyboardInterrupt:
                message_console().print('interrupted; nothing was written')
                raise typer.Exit(INTERRUPTED) from None
    _report(summary, perceiving)
    if not summary.complete:
        raise typer.Exit(INTERRUPTED)
    if summary.dropped or opened.losses:
        raise typer.Exit(DONE_IN_PART)


def _report(summary: ReplaySummary, task: ReplayTask) -> None:
    """Say in a few lines what was written and what was not, and why."""
    console = message_console()
    outcome = task.outcome({kind: summary.count(kind) for kind in task.kinds})
    report = summary.report
    state = '' if summary.complete else ' (interrupted; a valid bag of the frames before)'
    console.print(f'{summary.output}: {outcome} of {report.selected} frames{state}')
    for what, reasons in (
        ('without camera_info', report.without_camera),
        ('without a result', summary.dropped),
    ):
        for reason, count in reasons.most_common(REASONS_SHOWN):
            console.print(f'{count} frames {what}: {reason}')
        if len(reasons) > REASONS_SHOWN:
            console.print(f'... and {len(reasons) - REASONS_SHOWN} more reasons, in run.json')
    for count, what in (
        (report.reversals, 'stamps run backwards in the order of recording'),
        (report.duplicates, 'stamps occur more than once'),
        (
            report.reused_camera_infos,
            'frames use an older camera_info, having none of their stamp',
        ),
    ):
        if count:
            console.print(f'{count} {what}')
