# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Answers that were computed before: a replay's bag, or what a node published while recorded."""

from __future__ import annotations

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.core.frame import Frame, Stamp
from diffperc_ros.evaluation.sources.pairing import pair_stamps
from diffperc_ros.evaluation.sources.predictions import Prediction
from diffperc_ros.evaluation.sources.source import Source

STAGES = ('prepare_ms', 'inference_ms', 'interpret_ms')

Answer = TypeVar('Answer')


@dataclass(frozen=True)
class _SideFiles:
    """What a replay noted beside its bag; empty for a bag that somebody recorded.

    Parameters
    ----------
    run : content of run.json.
    latencies_ms : stamp in nanoseconds -> time from picture to answer.
    problems : stamp in nanoseconds -> why there is no answer.
    """

    run: dict[str, Any]
    latencies_ms: dict[int, float]
    problems: dict[int, str]


class ReplayedAnswers(ABC, Generic[Answer]):
    """Reads the answers of a replay; a `Predictor`. Each task has its own way of reading them.

    Parameters
    ----------
    path : of the bag, beside whose files run.json and frames.csv may lie.
    what : the answers in one word, for messages.
    parts : into which the time of a frame is divided, such as phrases.

    Raises
    ------
    RecordingError : the side files are damaged.
    """

    def __init__(self, path: Path, what: str, parts: int = 1) -> None:
        self._path = path
        self._what = what
        self._parts = parts
        self._files = _read_side_files(path)
        self._stamps = sorted([*self._computed(), *self._files.problems])

    @property
    def run(self) -> Mapping[str, Any]:
        """What run.json says; empty for a bag that somebody recorded."""
        return self._files.run

    @property
    def bundle_name(self) -> str | None:
        """Name of the bundle that the answers are from, if noted."""
        return self._noted('bundle', 'name')

    @property
    def bundle_sha256(self) -> str | None:
        """Digest of the bundle that the answers are from, if noted."""
        return self._noted('bundle', 'sha256')

    def stamps(self, source: Source[Any]) -> Sequence[int]:
        """Return the stamps of all frames that were replayed, those without answer included."""
        return self._stamps

    def predict(
        self, source: Source[Any], wanted: Collection[int]
    ) -> Iterator[tuple[int, Prediction[Answer]]]:
        """Read the wanted answers beside the frames of exactly their stamps."""
        pairs = pair_stamps(self._stamps, source.frame_stamps()).pairs
        index_of = {frame: index for index, frame in pairs if index in wanted}
        answers = self._answers()
        answer = next(answers, None)
        for place, frame in source.frames():
            if place not in index_of:
                continue
            stamp = frame.stamp.nanoseconds
            while answer is not None and answer[0] < stamp:
                answer = next(answers, None)
            if answer is not None and answer[0] == stamp:
                time = self._files.latencies_ms.get(stamp)
                latency = None if time is None else time / self._parts
                yield index_of[place], Prediction(frame, answer[1](frame), latency)
                answer = next(answers, None)
            else:
                problem = self._files.problems.get(stamp, f'the {self._what} cannot be read')
                yield index_of[place], Prediction(frame, None, problem=problem)

    def notes(self, source: Source[Any]) -> Sequence[str]:
        """Say what cannot be known about the answers, or does not fit the source."""
        if not self._files.run:
            return (
                f'The {self._what} was read from a bag without run.json: model and latency '
                'unknown.',
            )
        if self._noted('input', 'sha256') != source.provenance()['sha256']:
            return (
                f'The {self._what} was computed from another recording than this (other sha256).',
            )
        return ()

    def provenance(self) -> dict[str, Any]:
        """Return bundle and engine as the replay noted them."""
        run = self._files.run
        return {
            'bundle': run.get('bundle'),
            'engine': run.get('engine'),
            'replay': {'name': self._path.resolve().name, 'input': run.get('input')},
        }

    @abstractmethod
    def _computed(self) -> Sequence[int]:
        """Return the stamps of all answers, nanoseconds."""

    @abstractmethod
    def _answers(self) -> Iterator[tuple[int, Callable[[Frame], Answer]]]:
        """Read stamp and answer (given its frame) in stamp order."""

    def _noted(self, section: str, key: str) -> str | None:
        value = self._files.run.get(section, {}).get(key)
        return None if value is None else str(value)


def task_of_replay(path: Path) -> str:
    """Return the task that run.json notes; 'depth' for a bag without it."""
    return str(_read_side_files(path).run.get('task', 'depth'))


def _read_side_files(path: Path) -> _SideFiles:
    run_file, frames_file = path / 'run.json', path / 'frames.csv'
    if not (run_file.is_file() and frames_file.is_file()):
        return _SideFiles({}, {}, {})
    latencies: dict[int, float] = {}
    problems: dict[int, str] = {}
    try:
        run = json.loads(run_file.read_text('utf-8'))
        with frames_file.open(newline='', encoding='utf-8') as stream:
            for row in csv.DictReader(stream):
                sec, _, nanosec = row['stamp'].partition('.')
                stamp = Stamp(int(sec), int(nanosec)).nanoseconds
                if row['dropped']:
                    problems[stamp] = row['dropped']
                else:
                    latencies[stamp] = sum(float(row[stage]) for stage in STAGES)
    except (OSError, ValueError, KeyError) as error:
        raise RecordingError(
            f'{path}: run.json or frames.csv is damaged ({error}); replay the recording again'
        ) from error
    return _SideFiles(run, latencies, problems)
