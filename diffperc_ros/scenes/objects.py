# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is to be seen in a picture, one record an object, and the file that keeps the records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from diffperc_ros.core.errors import RecordingError


@dataclass(frozen=True)
class VisibleObject:
    """One object of a picture, as far as it is seen.

    Attributes
    ----------
    instance
        Value in the instance map, 1 or more.
    label
        One of CLASSES.
    name
        Noun that people use: 'armchair', 'mug'.
    colour
        One of COLOURS where the object is clearly that one, None where it is not; None for
        persons and windows.
    centre
        (x right, y down, z forward) metres in the optical frame: medians over its visible points.
    box
        (left, top, right, bottom) pixels, the last two exclusive: the extent of its mask.
    pixels
        How many pixels show it.
    size
        (width, depth, height) metres of the whole object, in its own upright frame.
    support
        Instance that it stands or lies on; None where that is not in the picture or where it
        hangs on a wall.
    truncated
        Whether its mask touches the border of the picture.
    visible_share
        Share of its pixels inside the picture that nothing else hides, in (0, 1].
    """

    instance: int
    label: str
    name: str
    colour: str | None
    centre: tuple[float, float, float]
    box: tuple[int, int, int, int]
    pixels: int
    size: tuple[float, float, float]
    support: int | None
    truncated: bool
    visible_share: float


def write_objects(path: Path, pictures: Iterable[Sequence[VisibleObject]]) -> None:
    """Write one line of JSON a picture: the list of its objects."""
    with path.open('w', encoding='utf-8') as stream:
        for objects in pictures:
            json.dump([asdict(item) for item in objects], stream, separators=(',', ':'))
            stream.write('\n')


def read_objects(path: Path) -> list[tuple[VisibleObject, ...]]:
    """Read what `write_objects` wrote.

    Raises
    ------
    RecordingError : a line is not a list of objects; the message names file and line.
    """
    pictures = []
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        try:
            pictures.append(tuple(_read(fields) for fields in json.loads(line)))
        except (ValueError, TypeError, AttributeError) as problem:
            raise RecordingError(
                f'{path}, line {number}: not a list of objects ({problem}); render the shard anew'
            ) from problem
    return pictures


def _read(fields: dict[str, object]) -> VisibleObject:
    """Bring the lists that JSON knows back to tuples."""
    tuples = {key: tuple(value) for key, value in fields.items() if isinstance(value, list)}
    return VisibleObject(**{**fields, **tuples})  # type: ignore[arg-type]
