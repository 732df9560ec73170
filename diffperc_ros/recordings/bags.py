# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Opening what people call a bag: every container, whole or damaged, behind one reader."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rosbags.highlevel import AnyReader, AnyReaderError

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.recordings.message_types import message_types
from diffperc_ros.recordings.salvage import salvage_mcap

_STORAGE_SUFFIXES = ('.mcap', '.db3')
_READER_ERRORS = (AnyReaderError, AssertionError, OSError, ValueError, KeyError, TypeError)
"""What rosbags 0.11 raises on files that are not what they claim to be."""


@dataclass(frozen=True)
class OpenBag:
    """An opened recording.

    Parameters
    ----------
    reader : for its messages.
    notes : what is unusual about it but costs nothing, a sentence each.
    losses : what could not be read, a sentence each.
    """

    reader: AnyReader
    notes: tuple[str, ...]
    losses: tuple[str, ...]


@contextmanager
def open_bag(path: Path) -> Iterator[OpenBag]:
    """Open a recording.

    Parameters
    ----------
    path : ROS 1 .bag, rosbag2 folder (sqlite3, mcap, split, compressed by file or message), or a
        single .mcap or .db3. A folder without metadata.yaml is read from the files in it; an mcap
        that breaks off is read up to the last good record, through a temporary copy.

    Raises
    ------
    RecordingError : nothing there, not a bag, or damaged beyond reading.
    """
    files, notes = _storage_files(path)
    losses: list[str] = []
    with TemporaryDirectory(prefix='diffperc-') as temporary:
        try:
            reader = _opened(files)
        except _READER_ERRORS as error:
            mended, losses = _salvage(path, Path(temporary))
            if not losses:
                raise RecordingError(f'{path}: cannot be read as a recording: {error}') from error
            reader = _opened(mended)
        try:
            yield OpenBag(reader, tuple(notes), tuple(losses))
        finally:
            reader.close()


def _storage_files(path: Path) -> tuple[list[Path], list[str]]:
    """Return what rosbags is to open, and notes."""
    if not path.exists():
        raise RecordingError(f'{path}: no such file or folder')
    if path.is_dir():
        if (path / 'metadata.yaml').is_file():
            return [path], []
        files = sorted(file for file in path.iterdir() if file.suffix in _STORAGE_SUFFIXES)
        if files:
            return files, [f'no metadata.yaml; read {len(files)} storage files as they are']
        raise RecordingError(
            f'{path}: neither metadata.yaml nor a .mcap or .db3 file in this folder, so it is no '
            'recording'
        )
    if path.suffix not in ('.bag', *_STORAGE_SUFFIXES):
        raise RecordingError(
            f"{path}: '{path.suffix}' is no recording; give a .bag, .mcap or .db3 file, or a "
            'rosbag2 folder (its metadata.yaml knows how its files are compressed)'
        )
    return [path], []


def _opened(files: list[Path]) -> AnyReader:
    # Bags of Humble and older hold no message definitions; those of images never changed since.
    reader = AnyReader(files, default_typestore=message_types())
    reader.open()
    return reader


def _salvage(path: Path, folder: Path) -> tuple[list[Path], list[str]]:
    """Build in `folder` what is good of a recording with damaged mcap files.

    Returns
    -------
    files : what rosbags is to open instead.
    losses : what is missing in each damaged file, a sentence each; empty if nothing was mended.
    """
    files, losses = [], []
    for file in sorted(path.glob('*.mcap')) if path.is_dir() else [path]:
        loss = salvage_mcap(file, folder / file.name) if file.suffix == '.mcap' else None
        files.append(file if loss is None else folder / file.name)
        losses += [] if loss is None else [f'{file.name}: {loss}']
    metadata = path / 'metadata.yaml'
    if not metadata.is_file():
        return files, losses
    # The metadata says whether messages are compressed, so that it must lie beside its files.
    shutil.copy(metadata, folder)
    for file in files:
        if file.parent != folder:
            (folder / file.name).unlink(missing_ok=True)
            (folder / file.name).symlink_to(file.resolve())
    return [folder], losses
