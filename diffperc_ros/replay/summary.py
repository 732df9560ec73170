# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is kept of a replay besides its images: one row a frame, and counts."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from diffperc_ros.core.results import DepthImage
from diffperc_ros.perception.inference import StageTimes
from diffperc_ros.recordings.reader import RecordedFrame
from diffperc_ros.recordings.report import ReadingReport, UnusableImage


@dataclass(frozen=True)
class FrameRow:
    """One line of frames.csv; a frame that gave no result has only the first fields and `dropped`.

    Parameters
    ----------
    index : place in stamp order among all images of the topic, from 0.
    stamp : of the header, seconds with nine decimals.
    receive_time_ns : time at which the recorder got the image.
    width, height : pixels.
    kind : 'metric' or 'relative'.
    valid_ratio : share of pixels with a finite depth.
    min_depth, median_depth, max_depth : of the finite pixels; metres if the kind is metric.
    focal_scale : factor that the focal length put on the network's answer.
    prepare_ms, inference_ms, interpret_ms : time of each stage; differs from run to run.
    dropped : why there is no result; empty if there is one.
    """

    index: int
    stamp: str
    receive_time_ns: int
    width: int | None = None
    height: int | None = None
    kind: str = ''
    valid_ratio: float | None = None
    min_depth: float | None = None
    median_depth: float | None = None
    max_depth: float | None = None
    focal_scale: float | None = None
    prepare_ms: float | None = None
    inference_ms: float | None = None
    interpret_ms: float | None = None
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
        """Return the number of results of a kind, 'metric' or 'relative'."""
        return sum(row.kind == kind for row in self.rows)


def result_row(recorded: RecordedFrame, depth: DepthImage, times: StageTimes | None) -> FrameRow:
    """Return the row of a frame that gave a result."""
    finite = depth.values[np.isfinite(depth.values)]
    low, median, high = (
        (float(finite.min()), float(np.median(finite)), float(finite.max()))
        if finite.size
        else (None, None, None)
    )
    return FrameRow(
        index=recorded.index,
        stamp=str(depth.stamp),
        receive_time_ns=recorded.receive_time_ns,
        width=recorded.frame.width,
        height=recorded.frame.height,
        kind=depth.kind,
        valid_ratio=finite.size / depth.values.size,
        min_depth=low,
        median_depth=median,
        max_depth=high,
        focal_scale=depth.focal_scale,
        prepare_ms=times.prepare if times else None,
        inference_ms=times.inference if times else None,
        interpret_ms=times.interpret if times else None,
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


def frames_csv(rows: Iterable[FrameRow]) -> str:
    """Return the rows as CSV with a header line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    names = [column.name for column in fields(FrameRow)]
    writer.writerow(names)
    for row in rows:
        writer.writerow(_cell(getattr(row, name)) for name in names)
    return text.getvalue()


def _cell(value: float | str | None) -> str:
    if value is None:
        return ''
    return f'{value:.6g}' if isinstance(value, float) else str(value)
