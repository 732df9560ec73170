# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Everything at once for somebody's first look: replay, evaluation, page, in one folder."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import OutputError
from diffperc_ros.evaluation.document import document_text, evaluation_document
from diffperc_ros.evaluation.from_paths import evaluate_replay, open_source
from diffperc_ros.evaluation.options import EvaluationOptions
from diffperc_ros.evaluation.recording_source import TopicChoice
from diffperc_ros.evaluation.report.page import render_page
from diffperc_ros.evaluation.results import Evaluation
from diffperc_ros.evaluation.walk import Progress
from diffperc_ros.evaluation.writing import write_whole
from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.replay.replay import ReplayOptions, replay
from diffperc_ros.replay.tasks.open import EngineChoice, Request, open_task

PAGE_NAME, DOCUMENT_NAME, REPLAY_NAME = 'index.html', 'evaluation.json', 'replay'
MARKER_NAME = '.diffperc-demo'
"""File that tells a folder written by the demo from any other."""

ProgressBar = Callable[[str], AbstractContextManager[Progress]]
"""Title -> context that shows progress."""


def run_demo(
    recording: Path,
    output: Path,
    bundle: Bundle,
    topics: TopicChoice,
    command: str,
    progress_bar: ProgressBar,
) -> Evaluation:
    """Replay a recording, evaluate it against its recorded depth, write a page.

    Parameters
    ----------
    recording : bag; without recorded depth the page shows pictures and latency alone.
    output : folder for `replay`, `evaluation.json` and `index.html`. What an earlier demo wrote
        there is replaced once the new one is whole.
    bundle : model to run.
    topics : of the recording.
    command : command line, for the provenance.
    progress_bar : shows how far replay and evaluation are.

    Raises
    ------
    OutputError : `output` holds something else than an earlier demo, or cannot be written.
    RecordingError : the recording cannot be read or lacks the topics.
    """
    _check_replaceable(output)
    with open_source(recording, topics):
        pass  # Topics that are missing or ambiguous are told before the long part begins.
    output.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f'.{output.name}-', dir=output.parent) as temporary:
        folder = Path(temporary) / 'new'
        folder.mkdir()
        _replay(recording, folder / REPLAY_NAME, bundle, topics, progress_bar)
        options = EvaluationOptions(topics=topics, truth_required=False)
        with progress_bar('evaluate') as progress:
            evaluation = evaluate_replay(
                recording, folder / REPLAY_NAME, bundle, options, progress
            )
        document = evaluation_document(evaluation, command)
        write_whole(folder / DOCUMENT_NAME, document_text(document))
        write_whole(folder / PAGE_NAME, render_page(evaluation, document))
        write_whole(folder / MARKER_NAME, 'written by diffperc demo, which may replace it\n')
        if output.exists():
            output.rename(Path(temporary) / 'old')
        folder.rename(output)
    return evaluation


def _check_replaceable(output: Path) -> None:
    if not output.exists():
        return
    if not output.is_dir() or (any(output.iterdir()) and not (output / MARKER_NAME).is_file()):
        raise OutputError(
            f'{output}: exists and was not written by the demo; give another folder or remove it'
        )


def _replay(
    recording: Path, output: Path, bundle: Bundle, topics: TopicChoice, progress_bar: ProgressBar
) -> None:
    options = ReplayOptions(
        image_topic=topics.image,
        camera_info_topic=topics.camera_info,
        depth_topic=topics.depth,
    )
    with (
        open_recording(recording) as opened,
        open_task(bundle, EngineChoice(), Request()) as task,
        progress_bar('replay') as progress,
    ):
        replay(opened, output, task, options, progress)
