# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The furniture catalogue of Sweet Home 3D: names, creators, true sizes and model files."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

_ENTRY = re.compile(r'(\w+)#(\d+)=(.*)')


@dataclass(frozen=True)
class Model:
    """One piece of furniture of the catalogue.

    Attributes
    ----------
    number : int
        Its number in the catalogue, from 1.
    name, creator : str
        What it is, and who made it.
    size : tuple of float
        Width, depth and height in metres, seen from the front.
    path : Path
        The Wavefront OBJ file.
    """

    number: int
    name: str
    creator: str
    size: tuple[float, float, float]
    path: Path


def unpack_catalogue(archive: Path, folder: Path) -> dict[int, Model]:
    """Unpack a `.sh3f` archive into a folder and read its catalogue.

    Parameters
    ----------
    archive : Path
        Furniture library of Sweet Home 3D, a zip file.
    folder : Path
        Where its files go; files already there are kept.

    Returns
    -------
    dict
        Every model by its number. The library is in the public domain but for two models
        (139 and 140), whose own licence page asks for attribution (CC BY 3.0).
    """
    if not folder.exists():
        with zipfile.ZipFile(archive) as library:
            library.extractall(folder)
    fields: dict[int, dict[str, str]] = defaultdict(dict)
    text = (folder / 'PluginFurnitureCatalog.properties').read_text(encoding='latin-1')
    for line in text.splitlines():
        entry = _ENTRY.match(line)
        if entry:
            fields[int(entry[2])][entry[1]] = entry[3].strip()
    return {
        number: Model(
            number=number,
            name=field['name'],
            creator=field['creator'],
            size=(
                float(field['width']) / 100,
                float(field['depth']) / 100,
                float(field['height']) / 100,
            ),
            path=folder / field['model'].lstrip('/'),
        )
        for number, field in fields.items()
    }
