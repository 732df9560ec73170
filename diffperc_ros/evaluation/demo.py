# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Everything at once for somebody's first look: replay, evaluation, pages, in one folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import OutputError
from diffperc_ros.core.files import write_whole
from diffperc_ros.evaluation.by_task import Result, evaluate_task
from diffperc_ros.evaluation.depth.document import document_text
from diffperc_ros.evaluation.depth.from_paths import open_source
from diffperc_ros.evaluation.options import EvaluationOptions
from diffperc_ros.evaluation.query.from_paths import open_objects
from diffperc_ros.evaluation.report.demo_page import render_demo_page
from diffperc_ros.evaluation.segmentation.from_paths import open_labels
from diffperc_ros.evaluation.sources.recording import TopicChoice
from diffperc_ros.evaluation.walk import Progress
from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.replay.replay import ReplayOptions, replay
from diffperc_ros.replay.tasks.open import Request, open_task
from diffperc_ros.runtimes.options import EngineOptions

PAGE_NAME, DOCUMENT_NAME, REPLAY_NAME = 'index.html', 'evaluation.json', 'replay'
MARKER_NAME = '.diffperc-demo'
"""File that tells a folder written by the demo from any other."""
DEFAULT_PHRASES = ('the chair', 'the table')
"""Looked for where the recording has no phrases of its own."""
PHRASES_SHOWN = 2

ProgressBar = Callable[[str], AbstractContextManager[Progress]]
"""Title -> context that shows progress."""


def run_demo(
    recording: Path,
    output: Path,
    models: Sequence[Bundle],
    topics: TopicChoice,
    command: str,
    progress_bar: ProgressBar,
    *,
    scene: str = '',
    phrases: Sequence[str] = (),
    missing: Mapping[str, str] | None = None,
) -> tuple[Result, ...]:
    """Replay a recording with a model for each task, evaluate what comes out, write pages.

    Parameters
    ----------
    recording : bag; what it does not hold, the answers are not compared with.
    output : folder for `index.html` and a folder for each task with `replay`, `evaluation.json`
        and `index.html`. What an earlier demo wrote there is replaced once the new one is whole.
    models : at least one, each for another task.
    topics : of the recording.
    command : command line, for the provenance.
    progress_bar : shows how far replays and evaluations are.
    scene : what a depth model is told of the place.
    phrases : what a query model looks for; by default two phrases of the recording.
    missing : task -> why there is no model for it, said on the page.

    Raises
    ------
    OutputError : `output` holds something else than an earlier demo, or cannot be written.
    RecordingError : the recording cannot be read or lacks the topics.
    """
    _check_replaceable(output)
    tasks = {model.manifest.task: model for model in models}
    # Topics that are missing or ambiguous are told before the long part begins.
    with open_source(recording, topics), open_labels(recording, topics):
        requests = {
            'depth': Request(scene=scene),
            'segmentation': Request(),
            'query': Request(phrases=tuple(phrases) or _phrases_of(recording, topics)),
        }
    output.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f'.{output.name}-', dir=output.parent) as temporary:
        folder = Path(temporary) / 'new'
        results = []
        for task, model in tasks.items():
            part = folder / task
            part.mkdir(parents=True)
            request = requests.get(task, Request())
            _replay(recording, part / REPLAY_NAME, model, request, topics, progress_bar)
            options = EvaluationOptions(topics=topics, truth_required=False)
            with progress_bar(f'evaluate {task}') as progress:
                result = evaluate_task(
                    task, recording, part / REPLAY_NAME, model, options, command, progress
                )
            write_whole(part / DOCUMENT_NAME, document_text(result.document))
            write_whole(part / PAGE_NAME, result.page())
            results.append(result)
        page = render_demo_page(results, missing or {}, recording.resolve().name, command)
        write_whole(folder / PAGE_NAME, page)
        write_whole(folder / MARKER_NAME, 'written by diffperc demo, which may replace it\n')
        if output.exists():
            output.rename(Path(temporary) / 'old')
        folder.rename(output)
    return tuple(results)


def _phrases_of(recording: Path, topics: TopicChoice) -> tuple[str, ...]:
    """Return phrases of the recording whose objects are there."""
    with open_objects(recording, topics) as source:
        found = [
            expression.phrase
            for stamp in source.truth_stamps()[:1]
            for expression in source.expressions_at(stamp, 0)
            if expression.instances
        ]
    return tuple(dict.fromkeys(found))[:PHRASES_SHOWN] or DEFAULT_PHRASES


def _check_replaceable(output: Path) -> None:
    if not output.exists():
        return
    if not output.is_dir() or (any(output.iterdir()) and not (output / MARKER_NAME).is_file()):
        raise OutputError(
            f'{output}: exists and was not written by the demo; give another folder or remove it'
        )


def _replay(
    recording: Path,
    output: Path,
    bundle: Bundle,
    request: Request,
    topics: TopicChoice,
    progress_bar: ProgressBar,
) -> None:
    options = ReplayOptions(
        image_topic=topics.image,
        camera_info_topic=topics.camera_info,
        depth_topic=topics.depth,
    )
    with (
        open_recording(recording) as opened,
        open_task(bundle, EngineOptions(), request) as task,
        progress_bar(f'replay {task.name}') as progress,
    ):
        replay(opened, output, task, options, progress)
