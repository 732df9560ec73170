# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Files that are whole or not there, also after a crash or on a full disk."""

from __future__ import annotations

import os
from pathlib import Path

from diffperc_ros.core.errors import OutputError


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name beside `path`, flush it to the disk, rename it.

    Parameters
    ----------
    path : its folder is made where it is missing.
    content : text is written as UTF-8.

    Raises
    ------
    OutputError : the folder cannot be made or written, or the disk is full. What was at `path`
        stays then.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.partial')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open('wb') as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
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
