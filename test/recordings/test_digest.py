# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from diffperc_ros.recordings.digest import recording_sha256


def folder(path: Path) -> Path:
    (path / 'in').mkdir(parents=True)
    (path / 'a').write_bytes(b'one')
    (path / 'in' / 'b').write_bytes(b'two')
    return path


def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / 'x.bag').write_bytes(b'bytes')

    assert recording_sha256(tmp_path / 'x.bag') == hashlib.sha256(b'bytes').hexdigest()


def test_a_folder_keeps_its_digest_when_renamed(tmp_path: Path) -> None:
    assert recording_sha256(folder(tmp_path / 'x')) == recording_sha256(folder(tmp_path / 'y'))


@pytest.mark.parametrize(
    'change',
    [
        lambda path: (path / 'a').write_bytes(b'onE'),
        lambda path: (path / 'a').rename(path / 'c'),
        lambda path: (path / 'in' / 'b').unlink(),
        lambda path: (path / 'c').write_bytes(b''),
    ],
)
def test_any_change_in_a_folder_changes_it(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    path = folder(tmp_path / 'x')
    before = recording_sha256(path)

    change(path)

    assert recording_sha256(path) != before
