# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is kept of a replay besides its images: one row a frame, and counts."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from diffperc_ros.perception.inference import StageTimes
from diffperc_ros.recordings.reader import RecordedFrame
from diffperc_ros.recordings.report import ReadingReport, UnusableImage
from diffperc_ros.replay.tasks.task import Answer, Cell

_FIRST = ('index', 'stamp', 'receive_time_ns', 'width', 'height', 'kind')
_LAST = ('prepare_ms', 'inference_ms', 'interpret_ms', 'dropped')


@dataclass(frozen=True)
class FrameRow:
    """One line of frames.csv; a frame that gave no result has only the first fields and `dropped`.

    Parameters
    ----------
    index : place in stamp order among all images of the topic, from 0.
    stamp : of the header, seconds with nine decimals.
    receive_time_ns : time at which the recorder got the image.
    width, height : pixels.
    kind : of the answer, one of its task's.
    figures : a cell for each column of the task.
    times : of each stage; differ from run to run.
    dropped : why there is no result; empty if there is one.
    """

    index: int
    stamp: str
    receive_time_ns: int
    width: int | None = None
    height: int | None = None
    kind: str = ''
    figures: tuple[Cell, ...] = ()
    times: StageTimes | None = None
    dropped: str = ''


@dataclass(frozen=True)
class ReplaySummary:
    """Outcome of a replay.

    Parameters
    ----------
    output : folder of the bag that was written.
    complete : False if it was interrupted; the bag then holds the frames before that.
    rows : one for each frame that was reached, in the order of their stamps.
    report : what was met while reading.
    """

    output: Path
    complete: bool
    rows: tuple[FrameRow, ...]
    report: ReadingReport

    @property
    def dropped(self) -> Counter[str]:
        """Reason -> frames without a result."""
        return Counter(row.dropped for row in self.rows if row.dropped)

    def count(self, kind: str) -> int:
        """Return the number of results of a kind."""
        return sum(row.kind == kind for row in self.rows)


def result_row(recorded: RecordedFrame, answer: Answer, times: StageTimes | None) -> FrameRow:
    """Return the row of a frame that gave a result."""
    return FrameRow(
        index=recorded.index,
        stamp=str(recorded.frame.stamp),
        receive_time_ns=recorded.receive_time_ns,
        width=recorded.frame.width,
        height=recorded.frame.height,
        kind=answer.kind,
        figures=answer.figures,
        times=times,
    )


def dropped_row(recorded: RecordedFrame, reason: str) -> FrameRow:
    """Return the row of a frame that a perceiver could not answer."""
    return FrameRow(
        recorded.index,
        str(recorded.frame.stamp),
        recorded.receive_time_ns,
        recorded.frame.width,
        recorded.frame.height,
        dropped=reason,
    )


def unusable_row(image: UnusableImage) -> FrameRow:
    """Return the row of an image that could not be decoded."""
    return FrameRow(image.index, str(image.stamp), image.receive_time_ns, dropped=image.reason)


def frames_csv(rows: Iterable[FrameRow], columns: Sequence[str]) -> str:
    """Return the rows as CSV with a header line.

    Parameters
    ----------
    rows : in the order wanted.
    columns : names of the task's figures.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow((*_FIRST, *columns, *_LAST))
    for row in rows:
        times = row.times
        stages = (times.prepare, times.inference, times.interpret) if times else (None,) * 3
        figures = row.figures or (None,) * len(columns)
        first = (getattr(row, name) for name in _FIRST)
        writer.writerow(_cell(value) for value in (*first, *figures, *stages, row.dropped))
    return text.getvalue()


def _cell(value: Cell) -> str:
    if value is None:
        return ''
    return f'{value:.6g}' if isinstance(value, float) else str(value)
