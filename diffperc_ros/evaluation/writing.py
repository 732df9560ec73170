# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Writing a file whole or not at all."""

from __future__ import annotations

from pathlib import Path

from diffperc_ros.core.errors import OutputError


def write_whole(path: Path, text: str) -> None:
    """Write `text` as UTF-8 under a temporary name beside `path`, then give it its name.

    Raises
    ------
    OutputError : the file cannot be written; nothing is left of it then.
    """
    temporary = path.with_name(f'.{path.name}.partial')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, 'utf-8')
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(f'{path}: cannot be written: {error.strerror}') from error
