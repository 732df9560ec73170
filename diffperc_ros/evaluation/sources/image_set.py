# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Folders of pictures with depth, classes or named objects as ground truth.

`frames.csv` has a line per frame: `index`, `stamp_s` (seconds, may be empty), `rgb`, and what is
known of it (files, relative to the folder; a cell may be empty):

- `depth`: 16-bit PNG; `intrinsics.json` says what its numbers mean.
- `labels`: PNG of one channel, classes by number; `labels.yaml` maps the numbers to names.
- `instances` and `expressions`: PNG of one channel, and JSON as `expressions` describes it.

Other columns and keys are ignored.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.errors import FrameError, RecordingError
from diffperc_ros.core.frame import NANOSECONDS, Frame, Stamp
from diffperc_ros.evaluation.sources.expressions import Expression, read_expressions
from diffperc_ros.evaluation.sources.references import LabelledImage, NamedObjects
from diffperc_ros.evaluation.sources.source import Truth
from diffperc_ros.recordings.digest import recording_sha256

FRAMES_NAME, INTRINSICS_NAME, LABELS_NAME = 'frames.csv', 'intrinsics.json', 'labels.yaml'
REFERENCES = ('depth', 'labels', 'instances', 'expressions')
"""Columns of frames.csv that name what is known of a picture."""
FRAME_ID = 'camera'

_NAMES = TypeAdapter(dict[Annotated[int, Field(ge=0, le=65535)], str])


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
    references: Mapping[str, Path]
    """Column -> file, where the cell is not empty."""


def is_image_set(path: Path) -> bool:
    """Whether the folder at `path` is one of pictures rather than a bag."""
    return (path / FRAMES_NAME).is_file()


class PictureFolder:
    """A folder of pictures; what all sources of this kind share.

    Where no stamps are given, frame n is stamped n seconds.

    Parameters
    ----------
    path : the folder.
    columns : of frames.csv; a frame has a reference where all of them name a file.
    camera : of the pictures, or None where it does not matter.

    Raises
    ------
    RecordingError : a file is missing or does not say what it should; names file and line.
    """

    def __init__(self, path: Path, columns: Sequence[str], camera: Camera | None) -> None:
        self.path = path
        self._camera = camera
        self._rows = sorted(_read_rows(path), key=lambda row: row.stamp.nanoseconds)
        self._with_reference = [
            row for row in self._rows if all(name in row.references for name in columns)
        ]

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.resolve().name

    @property
    def notes(self) -> Sequence[str]:
        """Nothing is unusual about pictures."""
        return ()

    def frame_stamps(self) -> Sequence[int]:
        """Return the stamps of all pictures, nanoseconds."""
        return [row.stamp.nanoseconds for row in self._rows]

    def truth_stamps(self) -> Sequence[int]:
        """Return the stamps of the pictures that have a reference, nanoseconds."""
        return [row.stamp.nanoseconds for row in self._with_reference]

    def frames(self) -> Iterator[tuple[int, Frame]]:
        """Read the pictures with their places in `frame_stamps`.

        Raises
        ------
        FrameError : a picture cannot be read.
        CameraError : a picture has another size than the intrinsics.
        """
        for index, row in enumerate(self._rows):
            picture = cv2.imread(str(row.rgb), cv2.IMREAD_COLOR_RGB)
            if picture is None:
                raise FrameError(f'{row.rgb}: not readable as a picture')
            yield index, Frame(np.asarray(picture, np.uint8), row.stamp, FRAME_ID, self._camera)

    def provenance(self) -> dict[str, Any]:
        """Return name and digest."""
        return {'name': self.name, 'kind': 'image set', 'sha256': recording_sha256(self.path)}


class ImageSet(PictureFolder):
    """A folder of pictures with depth; a `Source`.

    Raises
    ------
    RecordingError : a file is missing or does not say what it should; names file and line.
    """

    def __init__(self, path: Path) -> None:
        self._intrinsics = _read_intrinsics(path / INTRINSICS_NAME)
        super().__init__(path, ['depth'], self._intrinsics.camera())

    @property
    def notes(self) -> Sequence[str]:
        """Whether depth and colour are seen from different places."""
        if self._intrinsics.depth_registered_to_colour:
            return ()
        return (
            'The depth of this set is not registered to its colour pictures: errors at edges are '
            'those of the set.',
        )

    def truths(self) -> Iterator[tuple[int, Truth]]:
        """Read the depth images with their places in `truth_stamps`.

        Raises
        ------
        FrameError : a depth image is not a 16-bit picture of one channel.
        """
        unit = np.float32(self._intrinsics.depth_unit_m)
        for index, row in enumerate(self._with_reference):
            file = row.references['depth']
            counts = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
            if counts is None or counts.dtype != np.uint16 or counts.ndim != 2:
                raise FrameError(f'{file}: not a 16-bit depth picture of one channel')
            values = counts.astype(np.float32) * unit
            values[np.isin(counts, self._intrinsics.invalid_values())] = np.nan
            yield index, Truth(values, row.stamp, FRAME_ID)

    def provenance(self) -> dict[str, Any]:
        """Return name, digest and unit."""
        return {**super().provenance(), 'depth_unit_m': self._intrinsics.depth_unit_m}


class LabelledPictures(PictureFolder):
    """A folder of pictures with classes; a `LabelSource`.

    Raises
    ------
    RecordingError : a file is missing or does not say what it should; names file and line.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, ['labels'], None)
        self._names = _read_names(path / LABELS_NAME) if self._with_reference else {}

    @property
    def label_names(self) -> Mapping[int, str]:
        """Value of a labelled pixel -> name of its class."""
        return self._names

    def truths(self) -> Iterator[tuple[int, LabelledImage]]:
        """Read the labels with their places in `truth_stamps`.

        Raises
        ------
        FrameError : a label file is not a picture of one channel.
        """
        for index, row in enumerate(self._with_reference):
            values = _read_numbers(row.references['labels'])
            yield index, LabelledImage(values, row.stamp, FRAME_ID)


class PicturesOfObjects(PictureFolder):
    """A folder of pictures with instances and phrases; an `ExpressionSource`.

    Raises
    ------
    RecordingError : a file is missing or does not say what it should; names file and line.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, ['instances', 'expressions'], None)
        self._expressions = [_expressions_of(row) for row in self._with_reference]

    def expressions_at(self, stamp_ns: int, tolerance_ns: int) -> Sequence[Expression]:
        """Return the expressions about the picture of a stamp, nanoseconds."""
        return [
            expression
            for row, held in zip(self._with_reference, self._expressions, strict=True)
            if abs(row.stamp.nanoseconds - stamp_ns) <= tolerance_ns
            for expression in held
        ]

    def truths(self) -> Iterator[tuple[int, NamedObjects]]:
        """Read the instances with their places in `truth_stamps`.

        Raises
        ------
        FrameError : a file of instances is not a picture of one channel.
        """
        for index, row in enumerate(self._with_reference):
            instances = _read_numbers(row.references['instances'])
            yield index, NamedObjects(instances, self._expressions[index], row.stamp, FRAME_ID)


def _expressions_of(row: _Row) -> tuple[Expression, ...]:
    file = row.references['expressions']
    try:
        return read_expressions(file.read_bytes(), str(file))
    except OSError as error:
        raise RecordingError(f'{file}: cannot be read: {error.strerror}') from error


def _read_numbers(file: Path) -> NDArray[np.uint16]:
    numbers = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    if numbers is None or numbers.dtype not in (np.uint8, np.uint16) or numbers.ndim != 2:
        raise FrameError(f'{file}: not a picture of one channel of 8 or 16 bits')
    return np.asarray(numbers, np.uint16)


def _read_names(file: Path) -> Mapping[int, str]:
    try:
        return _NAMES.validate_python(yaml.safe_load(file.read_text('utf-8')))
    except (OSError, yaml.YAMLError, UnicodeDecodeError, ValidationError) as error:
        raise RecordingError(
            f'{file}: not a list of classes (number: name): {str(error).splitlines()[0]}'
        ) from error


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
        references = {name: path / line[name] for name in REFERENCES if line.get(name)}
        stamp = _stamp(file, number, line.get('stamp_s') or '')
        rows.append(_Row(stamp, path / line['rgb'], references))
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
