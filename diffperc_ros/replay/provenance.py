# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""run.json: everything that is needed to know, and to repeat, what a replay did."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from diffperc_ros import __version__
from diffperc_ros.recordings.digest import recording_sha256
from diffperc_ros.recordings.reader import Recording
from diffperc_ros.replay.summary import ReplaySummary
from diffperc_ros.replay.tasks.task import ReplayTask
from diffperc_ros.runtimes.chosen import ChosenRuntime


def describe_input(recording: Recording, topics: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the `input` section: which recording, by digest, and which of its topics.

    Reads every byte of the recording.
    """
    return {
        'recording': recording.path.name,
        'sha256': recording_sha256(recording.path),
        'topics': dict(topics),
        'notes': list(recording.notes),
        'losses': list(recording.losses),
    }


def describe_model(task: ReplayTask, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections about the model, the engine it ran on, and what was asked of it.

    Parameters
    ----------
    task : what computed the results.
    request : what was asked of the engine: profile, backend, device, threads.
    """
    bundle, runtime = task.perceiver.bundle, task.perceiver.runtime
    return {
        'task': task.name,
        'bundle': {'name': bundle.manifest.name, 'sha256': bundle.sha256},
        'engine': {
            'name': runtime.name,
            'version': runtime.version,
            'device': runtime.device,
            'precision': runtime.choice.precision if isinstance(runtime, ChosenRuntime) else None,
            'request': dict(request),
        },
        **task.settings(),
        'versions': {
            'diffperc_ros': __version__,
            'python': platform.python_version(),
            **{name: version(name) for name in ('numpy', 'rosbags', 'rosbags-image')},
        },
    }


def describe_counts(summary: ReplaySummary, kinds: Sequence[str]) -> dict[str, Any]:
    """Return the `counts` section: what became of every image."""
    report = summary.report
    return {
        'images': report.images,
        'selected': report.selected,
        **{kind: summary.count(kind) for kind in kinds},
        'dropped': dict(summary.dropped),
        'without_camera': dict(report.without_camera),
        'reused_camera_infos': report.reused_camera_infos,
        'stamp_reversals': report.reversals,
        'duplicate_stamps': report.duplicates,
    }


def run_json(sections: Mapping[str, Any]) -> str:
    """Return the sections as JSON for people and programs."""
    return json.dumps(sections, indent=2, ensure_ascii=False) + '\n'
