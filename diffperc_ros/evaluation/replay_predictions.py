# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Depth that was computed before: a replay's bag, or what a node published while recorded."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import Any

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.core.frame import Frame, Stamp
from diffperc_ros.core.results import DepthImage, DepthKind
from diffperc_ros.evaluation.pairing import pair_stamps
from diffperc_ros.evaluation.predictions import Prediction
from diffperc_ros.evaluation.source import Source
from diffperc_ros.recordings.reader import RecordedDepth, Recording
from diffperc_ros.replay.tasks.depth import DEPTH_TOPIC, RELATIVE_TOPIC

KINDS: dict[str, DepthKind] = {DEPTH_TOPIC: 'metric', RELATIVE_TOPIC: 'relative'}
STAGES = ('prepare_ms', 'inference_ms', 'interpret_ms')


@dataclass(frozen=True)
class _SideFiles:
    """What a replay noted beside its bag; empty for a bag that somebody recorded.

    Parameters
    ----------
    run : content of run.json.
    latencies_ms : stamp in nanoseconds -> time from picture to depth.
    problems : stamp in nanoseconds -> why there is no depth.
    """

    run: dict[str, Any]
    latencies_ms: dict[int, float]
    problems: dict[int, str]


class ReplayPredictor:
    """Reads the depth of a replay; a `Predictor`.

    Parameters
    ----------
    metric, relative : the replay's bag, opened twice, since some containers cannot be read at two
        places at once; owned by the caller.

    Raises
    ------
    RecordingError : it holds no depth topic of a replay, or its side files are damaged.
    """

    def __init__(self, metric: Recording, relative: Recording) -> None:
        self._path = metric.path
        names = {topic.name for topic in metric.topics if topic.count}
        opened = {DEPTH_TOPIC: metric, RELATIVE_TOPIC: relative}
        self._recordings = {topic: bag for topic, bag in opened.items() if topic in names}
        if not self._recordings:
            raise RecordingError(
                f'{self._path}: no depth to evaluate; a replay has {" or ".join(KINDS)}'
            )
        self._files = _read_side_files(self._path)
        computed = [
            entry.stamp.nanoseconds
            for topic, bag in self._recordings.items()
            for entry in bag.stamps(topic).entries
        ]
        self._stamps = sorted([*computed, *self._files.problems])

    @property
    def run(self) -> Mapping[str, Any]:
        """What run.json says; empty for a bag that somebody recorded."""
        return self._files.run

    @property
    def bundle_name(self) -> str | None:
        """Name of the bundle that the depth is from, if noted."""
        return self._noted('bundle', 'name')

    @property
    def bundle_sha256(self) -> str | None:
        """Digest of the bundle that the depth is from, if noted."""
        return self._noted('bundle', 'sha256')

    def stamps(self, source: Source[Any]) -> Sequence[int]:
        """Return the stamps of all frames that were replayed, those without depth included."""
        return self._stamps

    def predict(
        self, source: Source[Any], wanted: Collection[int]
    ) -> Iterator[tuple[int, Prediction[DepthImage]]]:
        """Read the wanted depth images beside the frames of exactly their stamps."""
        pairs = pair_stamps(self._stamps, source.frame_stamps()).pairs
        index_of = {frame: index for index, frame in pairs if index in wanted}
        depths = self._depths()
        depth = next(depths, None)
        for place, frame in source.frames():
            if place not in index_of:
                continue
            stamp = frame.stamp.nanoseconds
            while depth is not None and depth[0] < stamp:
                depth = next(depths, None)
            if depth is not None and depth[0] == stamp:
                _, kind, found = depth
                yield index_of[place], self._prediction(frame, kind, found)
                depth = next(depths, None)
            else:
                problem = self._files.problems.get(stamp, 'the depth image cannot be read')
                yield index_of[place], Prediction(frame, None, problem=problem)

    def notes(self, source: Source[Any]) -> Sequence[str]:
        """Say what cannot be known about the depth, or does not fit the source."""
        if not self._files.run:
            return ('The depth was read from a bag without run.json: model and latency unknown.',)
        if self._noted('input', 'sha256') != source.provenance()['sha256']:
            return ('The depth was computed from another recording than this (other sha256).',)
        return ()

    def provenance(self) -> dict[str, Any]:
        """Return bundle and engine as the replay noted them."""
        run = self._files.run
        return {
            'bundle': run.get('bundle'),
            'engine': run.get('engine'),
            'replay': {'name': self._path.resolve().name, 'input': run.get('input')},
        }

    def _noted(self, section: str, key: str) -> str | None:
        value = self._files.run.get(section, {}).get(key)
        return None if value is None else str(value)

    def _prediction(
        self, frame: Frame, kind: DepthKind, found: RecordedDepth
    ) -> Prediction[DepthImage]:
        depth = DepthImage(found.values, kind, found.stamp, found.frame_id, frame.camera)
        return Prediction(frame, depth, self._files.latencies_ms.get(found.stamp.nanoseconds))

    def _depths(self) -> Iterator[tuple[int, DepthKind, RecordedDepth]]:
        """Read all topics as one stream in stamp order."""

        def stream(topic: str) -> Iterator[tuple[int, DepthKind, RecordedDepth]]:
            for recorded in self._recordings[topic].depth_images(topic):
                yield recorded.stamp.nanoseconds, KINDS[topic], recorded

        return merge(*(stream(topic) for topic in self._recordings), key=lambda depth: depth[0])


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
