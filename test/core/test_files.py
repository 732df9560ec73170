# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
from pathlib import Path

import pytest

from diffperc_ros.core.errors import OutputError
from diffperc_ros.core.files import write_whole


@pytest.mark.parametrize(
    ('content', 'bytes_'), [('δ1\n', b'\xce\xb41\n'), (b'\x00\xff', b'\x00\xff')]
)
def test_text_and_bytes(tmp_path: Path, content: str | bytes, bytes_: bytes) -> None:
    path = tmp_path / 'new' / 'file'
    write_whole(path, content)
    assert path.read_bytes() == bytes_
    assert [entry.name for entry in path.parent.iterdir()] == ['file']


def test_others_may_read_what_was_written(tmp_path: Path) -> None:
    write_whole(tmp_path / 'page.html', 'x')
    (tmp_path / 'plain').write_text('x')
    assert (tmp_path / 'page.html').stat().st_mode == (tmp_path / 'plain').stat().st_mode


def test_a_full_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / 'file'
    path.write_text('old')

    def full(_number: int) -> None:
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OutputError, match='file: cannot be written: No space left on device'):
        write_whole(path, 'new')
    assert path.read_text() == 'old'
    assert [entry.name for entry in tmp_path.iterdir()] == ['file']


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / 'taken').write_text('x')
    with pytest.raises(OutputError, match='taken/file: cannot be written'):
        write_whole(tmp_path / 'taken' / 'file', 'x')
