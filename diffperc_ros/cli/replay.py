# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`diffperc replay`: a recording in, a recording with depth out."""

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
    Device,
    ImageTopic,
    Profile,
    Threads,
)

if TYPE_CHECKING:
    from diffperc_ros.replay.summary import ReplaySummary

DONE_IN_PART = 2
REASONS_SHOWN = 3


class Task(str, Enum):
    """What can be computed."""

    DEPTH = 'depth'


class Storage(str, Enum):
    """Containers of the output."""

    MCAP = 'mcap'
    SQLITE3 = 'sqlite3'


def replay(
    recording: Bag,
    output: Annotated[Path, typer.Option(help='Folder to make; must not exist.')],
    bundle: BundleName = None,
    task: Annotated[Task, typer.Option(help='What to compute.')] = Task.DEPTH,
    image_topic: ImageTopic = None,
    camera_info_topic: CameraInfoTopic = None,
    depth_topic: Annotated[
        str | None, typer.Option(help='Recorded depth, noted for a later evaluation.')
    ] = None,
    backend: Backend = 'onnxruntime',
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
    """Compute depth for every frame of a recording, in stamp order, the same twice.

    Writes a rosbag2 with depth/image_rect and depth/camera_info (depth/relative where the camera's
    intrinsics are not known), beside them run.json and frames.csv.
    """
    from diffperc_ros.bundle.locate import DEFAULT_DEPTH_BUNDLE, find_bundle
    from diffperc_ros.perception.depth import DepthEstimator
    from diffperc_ros.recordings.order import Selection
    from diffperc_ros.recordings.reader import open_recording
    from diffperc_ros.replay.replay import ReplayOptions
    from diffperc_ros.replay.replay import replay as run_replay
    from diffperc_ros.runtimes.select import open_runtime

    request = {'profile': profile, 'backend': backend, 'device': device, 'threads': threads}
    options = ReplayOptions(
        image_topic=image_topic,
        camera_info_topic=camera_info_topic,
        depth_topic=depth_topic,
        selection=Selection(start, end, every, max_frames),
        storage=storage.value,
        engine_request=request,
    )
    model = find_bundle(bundle or DEFAULT_DEPTH_BUNDLE)
    with open_recording(recording) as opened:
        for note in (*opened.notes, *opened.losses):
            message_console().print(f'{recording}: {note}')
        runtime = open_runtime(
            model, profile=profile, backend=backend, device=device, threads=threads
        )
        try:
            with progress_bar('replay') as progress, interruption() as stopped:
                summary = run_replay(
                    opened, output, DepthEstimator(model, runtime), options, progress, stopped
                )
        except KeyboardInterrupt:
            message_console().print('interrupted; nothing was written')
            raise typer.Exit(INTERRUPTED) from None
        finally:
            runtime.close()
    _report(summary)
    if not summary.complete:
        raise typer.Exit(INTERRUPTED)
    if summary.dropped or opened.losses:
        raise typer.Exit(DONE_IN_PART)


def _report(summary: ReplaySummary) -> None:
    """Say in a few lines what was written and what was not, and why."""
    console = message_console()
    metric, relative = summary.count('metric'), summary.count('relative')
    report = summary.report
    state = '' if summary.complete else ' (interrupted; a valid bag of the frames before)'
    console.print(
        f'{summary.output}: {metric} metric and {relative} relative depth images of '
        f'{report.selected} frames{state}'
    )
    for what, reasons in (
        ('without metric depth and camera_info', report.without_camera),
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
