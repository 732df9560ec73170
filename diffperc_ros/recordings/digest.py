# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One figure that stands for every byte of a recording."""

from __future__ import annotations

import hashlib
from pathlib import Path

_BLOCK = 1 << 20


def recording_sha256(path: Path) -> str:
    """Return the sha256 of a recording.

    Parameters
    ----------
    path : a file: its bytes; a folder: name, size and bytes of every file in it, sorted by name,
        so that `sha256sum` gives the same for a file, and a renamed folder stays the same.
    """
    digest = hashlib.sha256()
    if path.is_file():
        _add_file(digest, path)
        return digest.hexdigest()
    for file in sorted(file for file in path.rglob('*') if file.is_file()):
        name = file.relative_to(path).as_posix()
        digest.update(f'{name}\0{file.stat().st_size}\0'.encode())
        _add_file(digest, file)
    return digest.hexdigest()


def _add_file(digest: hashlib._Hash, file: Path) -> None:
    with file.open('rb') as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
