# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A recording in, answers for every frame of it out: no clock, no middleware, nothing dropped."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from diffperc_ros.core.errors import CameraError, FrameError, InferenceError
from diffperc_ros.recordings.order import EVERYTHING, Selection
from diffperc_ros.recordings.reader import RecordedFrame, Recording
from diffperc_ros.recordings.report import ReadingReport
from diffperc_ros.recordings.topics import (
    choose_camera_info_topic,
    choose_depth_topic,
    choose_image_topic,
)
from diffperc_ros.recordings.writer import BagWriter, Storage
from diffperc_ros.replay.errors import NothingUsableError
from diffperc_ros.replay.provenance import (
    describe_counts,
    describe_input,
    describe_model,
    run_json,
)
from diffperc_ros.replay.summary import (
    FrameRow,
    ReplaySummary,
    dropped_row,
    frames_csv,
    result_row,
    unusable_row,
)
from diffperc_ros.replay.tasks.task import Output, ReplayTask

Progress = Callable[[int, int], None]
"""Called with (frames done, frames in all)."""


@dataclass(frozen=True)
class ReplayOptions:
    """What a user may choose about a replay.

    Parameters
    ----------
    image_topic, camera_info_topic : names; None: found by type and encoding.
    depth_topic : recorded depth that belongs to the images; not read here, but noted in run.json
        for whoever evaluates the result.
    selection : the part of the recording to run.
    storage : container of the output.
    engine_request : what was asked of `open_runtime`, for run.json.
    """

    image_topic: str | None = None
    camera_info_topic: str | None = None
    depth_topic: str | None = None
    selection: Selection = EVERYTHING
    storage: Storage = 'mcap'
    engine_request: Mapping[str, Any] = field(default_factory=dict)


def replay(
    recording: Recording,
    output: Path,
    task: ReplayTask,
    options: ReplayOptions | None = None,
    progress: Progress = lambda done, total: None,
    stopped: Callable[[], bool] = lambda: False,
) -> ReplaySummary:
    """Compute a task's answer for every frame of a recording and write it as a bag.

    The topics are those that the task's node publishes. Headers are copied, receive times are
    those of the input. Beside the bag's own files lie run.json and frames.csv. Two runs give the
    same messages bit for bit on the same machine.

    Parameters
    ----------
    recording : opened, by `open_recording`.
    output : folder to make; it appears when it is whole.
    task : model, engine, topics.
    options : by default everything, on topics that are found.
    progress : told of every frame.
    stopped : asked before every frame; once it is true, what there is becomes a valid bag named
        '<output>.partial'.

    Raises
    ------
    OutputError : `output` exists or cannot be written.
    RecordingError : topics are missing or ambiguous, or the recording is damaged.
    NothingUsableError : no frame gave a result.
    KeyboardInterrupt : it was stopped before the first result; nothing is left then.
    """
    options = options or ReplayOptions()
    started, clock = datetime.now(timezone.utc), time.perf_counter()
    topics = _topics(recording, options)
    with BagWriter(output, options.storage) as writer:
        report, rows, complete = _run(recording, topics, task, options, writer, progress, stopped)
        summary = ReplaySummary(output, complete, tuple(rows), report)
        if not writer.counts and not complete:
            raise KeyboardInterrupt
        if not writer.counts:
            reasons = '; '.join(f'{reason} ({n} frames)' for reason, n in summary.dropped.items())
            raise NothingUsableError(
                f'{recording.path}: no frame gave a result: {reasons or "none was selected"}'
            )
        sections = {
            'complete': complete,
            'input': describe_input(recording, topics),
            **describe_model(task, options.engine_request),
            'selection': vars(options.selection),
            'counts': describe_counts(summary, task.kinds),
            'output': {
                'storage': options.storage,
                'messages': dict(writer.counts),
                'messages_sha256': writer.messages_sha256,
            },
            'time': {
                'started': started.isoformat(timespec='seconds'),
                'seconds': round(time.perf_counter() - clock, 3),
            },
        }
        writer.write_text('frames.csv', frames_csv(rows, task.columns))
        writer.write_text('run.json', run_json(sections))
        final = writer.finish(partial=not complete)
    return ReplaySummary(final, complete, tuple(rows), report)


def _topics(recording: Recording, options: ReplayOptions) -> dict[str, str | None]:
    image = choose_image_topic(recording.topics, options.image_topic)
    info = choose_camera_info_topic(recording.topics, image, options.camera_info_topic)
    depth = options.depth_topic and choose_depth_topic(recording.topics, options.depth_topic).name
    return {'image': image.name, 'camera_info': info.name if info else None, 'depth': depth}


def _run(
    recording: Recording,
    topics: Mapping[str, str | None],
    task: ReplayTask,
    options: ReplayOptions,
    writer: BagWriter,
    progress: Progress,
    stopped: Callable[[], bool],
) -> tuple[ReadingReport, list[FrameRow], bool]:
    report, rows, complete = ReadingReport(), [], True
    image_topic = topics['image'] or ''
    for recorded in recording.frames(
        image_topic, topics['camera_info'], report, options.selection
    ):
        if stopped():
            complete = False
            break
        rows.append(_one(recorded, task, writer))
        progress(len(rows) + len(report.unusable), report.selected)
    rows += [unusable_row(image) for image in report.unusable]
    return report, sorted(rows, key=lambda row: row.index), complete


def _one(recorded: RecordedFrame, task: ReplayTask, writer: BagWriter) -> FrameRow:
    try:
        answer = task.answer(recorded.frame)
    except (FrameError, CameraError, InferenceError) as error:
        return dropped_row(recorded, str(error))
    if not writer.counts:
        _write(task.opening(recorded.frame), recorded.receive_time_ns, writer)
    _write(answer.outputs, recorded.receive_time_ns, writer)
    return result_row(recorded, answer, task.perceiver.last_times)


def _write(outputs: Sequence[Output], receive_time_ns: int, writer: BagWriter) -> None:
    for output in outputs:
        writer.write(output.topic, output.message, receive_time_ns, latched=output.latched)
