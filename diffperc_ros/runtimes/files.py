# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Files that are whole or not there, also after a crash or on a full disk."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from diffperc_ros.core.errors import OutputError


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path`: under a temporary name, flushed to the disk, renamed.

    Raises
    ------
    OutputError : the folder cannot be made or written, or the disk is full. What was at `path`
        stays then.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f'.{path.name}-', dir=path.parent)
        try:
            with os.fdopen(number, 'wb') as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        flush_folder(path.parent)
    except OSError as error:
        raise OutputError(f'{path}: cannot be written: {error.strerror}') from error


def flush_folder(folder: Path) -> None:
    """Make renames inside a folder survive a loss of power."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
