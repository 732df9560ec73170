# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Folders of pictures with depth as ground truth.

`frames.csv` has a line per frame: `index`, `stamp_s` (seconds, may be empty), `rgb` and `depth`
(files, relative to the folder; depth is a 16-bit PNG). `intrinsics.json` says what the numbers
mean. Other columns and keys are ignored.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
from pydantic import BaseModel, Field, ValidationError

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.errors import FrameError, RecordingError
from diffperc_ros.core.frame import NANOSECONDS, Frame, Stamp
from diffperc_ros.evaluation.source import Truth
from diffperc_ros.recordings.digest import recording_sha256

FRAMES_NAME, INTRINSICS_NAME = 'frames.csv', 'intrinsics.json'
FRAME_ID = 'camera'


class _Intrinsics(BaseModel):
    """Content of intrinsics.json: pixels, metres per count, counts that mean 'no data'."""

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int
    depth_unit_m: Annotated[float, Field(gt=0)]
    invalid_value: int | list[int] = 0
    depth_registered_to_colour: bool = True

    def camera(self) -> Camera:
        return Camera(self.width, self.height, self.fx, self.fy, self.cx, self.cy)

    def invalid_values(self) -> list[int]:
        values = self.invalid_value
        return [0, values] if isinstance(values, int) else [0, *values]


@dataclass(frozen=True)
class _Row:
    stamp: Stamp
    rgb: Path
    depth: Path | None


def is_image_set(path: Path) -> bool:
    """Whether the folder at `path` is one of pictures rather than a bag."""
    return (path / FRAMES_NAME).is_file() and (path / INTRINSICS_NAME).is_file()


class ImageSet:
    """A folder of pictures with depth; a `Source`.

    Where no stamps are given, frame n is stamped n seconds.

    Raises
    ------
    RecordingError : a file is missing or does not say what it should; names file and line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._intrinsics = _read_intrinsics(path / INTRINSICS_NAME)
        self._rows = sorted(_read_rows(path), key=lambda row: row.stamp.nanoseconds)

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.resolve().name

    @property
    def notes(self) -> Sequence[str]:
        """Whether depth and colour are seen from different places."""
        if self._intrinsics.depth_registered_to_colour:
            return ()
        return (
            'The depth of this set is not registered to its colour pictures: errors at edges are '
            'those of the set.',
        )

    def frame_stamps(self) -> Sequence[int]:
        """Return the stamps of all pictures, nanoseconds."""
        return [row.stamp.nanoseconds for row in self._rows]

    def truth_stamps(self) -> Sequence[int]:
        """Return the stamps of the pictures that have depth, nanoseconds."""
        return [row.stamp.nanoseconds for row in self._rows if row.depth]

    def frames(self) -> Iterator[tuple[int, Frame]]:
        """Read the pictures with their places in `frame_stamps`.

        Raises
        ------
        FrameError : a picture cannot be read.
        CameraError : a picture has another size than the intrinsics.
        """
        camera = self._intrinsics.camera()
        for index, row in enumerate(self._rows):
            picture = cv2.imread(str(row.rgb), cv2.IMREAD_COLOR_RGB)
            if picture is None:
                raise FrameError(f'{row.rgb}: not readable as a picture')
            yield index, Frame(np.asarray(picture, np.uint8), row.stamp, FRAME_ID, camera)

    def truths(self) -> Iterator[tuple[int, Truth]]:
        """Read the depth images with their places in `truth_stamps`.

        Raises
        ------
        FrameError : a depth image is not a 16-bit picture of one channel.
        """
        unit = np.float32(self._intrinsics.depth_unit_m)
        with_depth = [row for row in self._rows if row.depth]
        for index, row in enumerate(with_depth):
            counts = cv2.imread(str(row.depth), cv2.IMREAD_UNCHANGED)
            if counts is None or counts.dtype != np.uint16 or counts.ndim != 2:
                raise FrameError(f'{row.depth}: not a 16-bit depth picture of one channel')
            values = counts.astype(np.float32) * unit
            values[np.isin(counts, self._intrinsics.invalid_values())] = np.nan
            yield index, Truth(values, row.stamp, FRAME_ID)

    def provenance(self) -> dict[str, Any]:
        """Return name, digest and number of the pictures."""
        return {
            'name': self.name,
            'kind': 'image set',
            'sha256': recording_sha256(self.path),
            'depth_unit_m': self._intrinsics.depth_unit_m,
        }


def _read_intrinsics(file: Path) -> _Intrinsics:
    try:
        return _Intrinsics.model_validate_json(file.read_bytes())
    except OSError as error:
        raise RecordingError(f'{file}: cannot be read: {error.strerror}') from error
    except ValidationError as error:
        problems = '; '.join(
            f'{".".join(str(part) for part in problem["loc"]) or "content"}: {problem["msg"]}'
            for problem in error.errors()
        )
        raise RecordingError(f'{file}: {problems}') from error


def _read_rows(path: Path) -> list[_Row]:
    file = path / FRAMES_NAME
    try:
        with file.open(newline='', encoding='utf-8') as stream:
            lines = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecordingError(f'{file}: cannot be read: {error}') from error
    if not lines:
        raise RecordingError(f'{file}: lists no frames')
    rows = []
    for number, line in enumerate(lines):
        if not line.get('rgb'):
            raise RecordingError(f"{file}: line {number + 2} names no picture in column 'rgb'")
        depth = line.get('depth')
        rows.append(
            _Row(
                _stamp(file, number, line.get('stamp_s') or ''),
                path / line['rgb'],
                path / depth if depth else None,
            )
        )
    return rows


def _stamp(file: Path, number: int, text: str) -> Stamp:
    if not text.strip():
        return Stamp(number, 0)
    try:
        # Decimal, because a float holds seconds since 1970 to about a microsecond only.
        return Stamp.from_nanoseconds(int(Decimal(text) * NANOSECONDS))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise RecordingError(
            f"{file}: line {number + 2}: stamp_s '{text}' is not a number of seconds"
        ) from error
