# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Furniture models of Sweet Home 3D: catalogue, true sizes, pictures, creators and licences."""

from __future__ import annotations

import csv
import re
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import trimesh
from numpy.typing import NDArray

from diffperc_ros.core.errors import SettingError
from diffperc_ros.scenes.shapes.mesh import Mesh, from_triangles, has_area, join, moved
from diffperc_ros.scenes.textures import SIZE
from diffperc_ros.scenes.vocabulary import meaning_of

SOURCES = {
    'BlendSwap-CC-0': 'CC0 1.0',
    'BlendSwap-CC-BY': 'CC BY 3.0',
    'KatorLegaz': 'CC BY 3.0 US',
    'Scopia': 'CC BY 3.0',
    'Reallusion': 'CC BY 3.0 US',
}
INDOOR = (
    'Bathroom',
    'Bedroom',
    'Characters',
    'Kitchen',
    'Lights',
    'Living room',
    'Miscellaneous',
    'Office',
)
MOST_TRIANGLES = 30_000


@dataclass(frozen=True)
class CatalogueEntry:
    """One model as its catalogue describes it; size is (width, depth, height) in metres."""

    source: str
    name: str
    category: str
    creator: str
    licence: str
    model: str
    size: tuple[float, float, float]
    elevation: float
    rotation: tuple[float, ...]


@dataclass(frozen=True)
class Model:
    """A model at true size: stands on z = 0, centred in x and y, front towards -y.

    label is one of CLASSES, name a noun. mesh.material indexes diffuse (K, 3) and textures (K,),
    indices of pictures or -1.
    """

    entry: CatalogueEntry
    mesh: Mesh
    diffuse: NDArray[np.float64]
    textures: tuple[int, ...]
    label: str
    name: str


@dataclass(frozen=True)
class Library:
    """Usable models and the (SIZE, SIZE, 3) uint8 linear pictures that they refer to."""

    models: tuple[Model, ...] = ()
    pictures: tuple[NDArray[np.uint8], ...] = ()


def catalogue(archive: Path) -> list[CatalogueEntry]:
    """Read the catalogue in one .sh3f archive."""
    with zipfile.ZipFile(archive) as opened:
        text = opened.read('PluginFurnitureCatalog.properties').decode('latin-1')
    fields: dict[int, dict[str, str]] = {}
    for key, number, value in re.findall(r'^(\w+)#(\d+)=(.*)$', text, re.MULTILINE):
        fields.setdefault(int(number), {})[key] = value.strip()
    entries = []
    for number in sorted(fields):
        field = fields[number]
        entries.append(
            CatalogueEntry(
                source=archive.stem,
                name=field['name'],
                category=field.get('category', ''),
                creator=field.get('creator', ''),
                licence=SOURCES[archive.stem],
                model=field['model'].lstrip('/'),
                size=(
                    float(field['width']) / 100,
                    float(field['depth']) / 100,
                    float(field['height']) / 100,
                ),
                elevation=float(field.get('elevation', 0)) / 100,
                rotation=tuple(float(v) for v in field.get('modelRotation', '').split()),
            )
        )
    return entries


def load_model(
    folder: Path, entry: CatalogueEntry, pictures: list[NDArray[np.uint8]]
) -> Model | None:
    """Load one model; its pictures are appended.

    None where it is too detailed or broken, or where the vocabulary does not know what it is.
    """
    meaning = meaning_of(entry.name, entry.category)
    if meaning is None:
        return None
    loaded: Any = trimesh.load(
        folder / entry.model, group_material=True, split_object=False, process=False
    )
    items: list[Any] = list(loaded.geometry.values()) if hasattr(loaded, 'geometry') else [loaded]
    items = [item for item in items if len(getattr(item, 'faces', ()))]
    if not items or sum(len(item.faces) for item in items) > MOST_TRIANGLES:
        return None
    parts, diffuse, textures = [], [], []
    for number, item in enumerate(items):
        look = getattr(item.visual, 'material', None)
        image: Any = getattr(look, 'image', None)
        uv = getattr(item.visual, 'uv', None)
        corners_uv = None
        if image is not None and uv is not None and len(uv) == len(item.vertices):
            corners_uv = np.asarray(uv)[item.faces] * [1, -1]
            textures.append(len(pictures))
            pictures.append(prepare(np.asarray(image.convert('RGB'))))
        else:
            textures.append(-1)
        main = np.asarray(getattr(look, 'main_color', (180, 180, 180, 255)), float)[:3]
        diffuse.append((main / 255) ** 2.2)
        vertices, faces = np.asarray(item.vertices), np.asarray(item.faces)
        normals = averaged_normals(vertices, faces)
        parts.append(from_triangles(vertices[faces], number, corners_uv, normals))
    mesh = at_true_size(join(parts), entry, np.asarray(textures) >= 0)
    if not np.isfinite(mesh.corners).all() or not np.isfinite(mesh.uv).all():
        return None
    return Model(entry, mesh, np.array(diffuse), tuple(textures), *meaning)


def at_true_size(mesh: Mesh, entry: CatalogueEntry, has_picture: NDArray[np.bool_]) -> Mesh:
    """Bring a model from the file's axes (y up) to ours, scaled to the catalogue's size.

    Materials with a picture keep their uv, the others get metric ones. Triangles without area go.
    """
    if len(entry.rotation) == 9:
        mesh = moved(mesh, np.zeros(3), np.reshape(entry.rotation, (3, 3)))
    upright = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    mesh = moved(mesh, np.zeros(3), upright)
    low, high = mesh.bounds()
    scale = np.asarray(entry.size) / np.maximum(high - low, 1e-6)
    middle = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    corners = ((mesh.corners - middle) * scale).astype(np.float32)
    keep = has_area(corners)
    bent = mesh.normals[keep].astype(np.float64) / scale
    normals = bent / (np.linalg.norm(bent, axis=2, keepdims=True) + 1e-12)
    metric = from_triangles(corners[keep], 0)
    own = has_picture[mesh.material[keep]]
    uv = np.where(own[:, None, None], mesh.uv[keep], metric.uv)
    return Mesh(
        metric.corners, normals.astype(np.float32), uv, mesh.material[keep], metric.object_id
    )


def averaged_normals(
    vertices: NDArray[np.float64], faces: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Corner normals (F, 3, 3): of the faces that meet at a point, weighted by their area."""
    corners = vertices[faces]
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    _, point = np.unique(np.round(vertices, 6), axis=0, return_inverse=True)
    index = point.reshape(-1)[faces]
    mean = np.stack(
        [np.bincount(index.ravel(), np.repeat(face[:, axis], 3)) for axis in range(3)], axis=1
    )[index]
    return np.asarray(mean / (np.linalg.norm(mean, axis=2, keepdims=True) + 1e-20))


def prepare(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bring an sRGB picture to a (SIZE, SIZE, 3) uint8 linear one."""
    small = cv2.resize(picture, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    return np.asarray((small.astype(np.float64) / 255) ** 2.2 * 255 + 0.5, np.uint8)


def load_library(folder: Path | None, limit: int | None = None) -> Library:
    """Load all usable indoor models of the .sh3f archives below a folder; None: an empty library.

    Models are ordered by archive and catalogue, so a library is the same on every machine.
    Raises SettingError where the folder holds none of the archives in SOURCES.
    """
    if folder is None:
        return Library()
    if not any(next(folder.rglob(f'{source}.sh3f'), None) for source in SOURCES):
        raise SettingError(
            f'{folder}: none of {", ".join(f"{source}.sh3f" for source in SOURCES)} below it; '
            'unpack the Debian package sweethome3d-furniture there or leave --furniture out'
        )
    models: list[Model] = []
    pictures: list[NDArray[np.uint8]] = []
    for source in SOURCES:
        archive = next(iter(sorted(folder.rglob(f'{source}.sh3f'))), None)
        if archive is None:
            continue
        entries = [item for item in catalogue(archive) if item.category in INDOOR][:limit]
        with tempfile.TemporaryDirectory() as unpacked, zipfile.ZipFile(archive) as opened:
            opened.extractall(unpacked)
            for entry in entries:
                model = load_model(Path(unpacked), entry, pictures)
                if model is not None:
                    models.append(model)
    return Library(tuple(models), tuple(pictures))


def write_attribution(models: Sequence[Model], path: Path) -> None:
    """List every model with source, creator and licence as CSV."""
    with path.open('w', newline='', encoding='utf-8') as stream:
        writer = csv.writer(stream, lineterminator='\n')
        writer.writerow(['source', 'model', 'name', 'category', 'creator', 'licence'])
        for model in models:
            e = model.entry
            writer.writerow([e.source, e.model, e.name, e.category, e.creator, e.licence])
