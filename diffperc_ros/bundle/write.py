# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Writing a bundle whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from diffperc_ros.bundle.bundle import MANIFEST_NAME, Bundle, open_bundle, sha256_of
from diffperc_ros.core.errors import OutputError


def write_bundle(
    path: Path, manifest: dict[str, Any], write_files: Callable[[Path], None]
) -> Bundle:
    """Write a bundle and open it as anybody else would.

    Parameters
    ----------
    path : folder to make; must not exist.
    manifest : content of bundle.yaml without `files`, which is filled in here.
    write_files : called with an empty folder, writes every other file of the bundle into it.

    Raises
    ------
    OutputError : `path` exists already.
    BundleError : the manifest does not fit the files. Nothing is left at `path` then.
    """
    if path.exists():
        raise OutputError(f'{path}: exists already; give another folder or remove it first')
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f'.{path.name}-', dir=path.parent) as temporary:
        folder = Path(temporary) / path.name
        folder.mkdir()
        write_files(folder)
        save_manifest(folder, manifest)
        open_bundle(folder)
        shutil.move(folder, path)
    return open_bundle(path)


def save_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write bundle.yaml with the sha256 of every other file in `folder`."""
    names = sorted(file.name for file in folder.iterdir() if file.name != MANIFEST_NAME)
    content = {**manifest, 'files': {name: sha256_of(folder / name) for name in names}}
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=99)
    (folder / MANIFEST_NAME).write_text(text)
