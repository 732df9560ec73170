# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The living room of the sample recording, and the way the camera takes through it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.sample_recording import materials
from tools.sample_recording.camera_path import Way
from tools.sample_recording.catalogue import Model
from tools.sample_recording.shapes import bookshelf, box, cushion, framed, furniture
from tools.sample_recording.shell import Shell, build, ceiling_lamp, door

WAY = Way(
    corners=((0.95, 0.40, 0.74), (0.90, 1.35, 0.74), (0.30, 2.25, 0.74)),
    yaw=(9.0, 33.0),
    tilt=4.0,
)

_COVERS = (
    (0.42, 0.05, 0.04), (0.05, 0.12, 0.25), (0.60, 0.52, 0.38), (0.06, 0.18, 0.10),
    (0.55, 0.30, 0.05), (0.03, 0.03, 0.035), (0.70, 0.66, 0.58), (0.20, 0.07, 0.05),
    (0.10, 0.28, 0.33), (0.30, 0.24, 0.18), (0.62, 0.14, 0.07), (0.24, 0.30, 0.40),
)  # fmt: skip


def furnish(models: dict[int, Model], panoramas: Path) -> None:
    """Build the room: sofa and rug on the left, table under the window, shelves ahead."""
    oak = materials.planks('oak boards', (0.17, 0.085, 0.04), (0.40, 0.235, 0.12))
    pine = materials.wood('pine', (0.36, 0.20, 0.09), (0.58, 0.37, 0.19), 'z')
    walnut = materials.wood('walnut', (0.07, 0.035, 0.018), (0.19, 0.10, 0.05), 'y')
    cream = materials.plaster('cream wall', (0.74, 0.69, 0.60))
    sage = materials.plaster('sage wall', (0.37, 0.44, 0.38))
    linen = materials.fabric('linen', (0.66, 0.60, 0.50))
    white = materials.plain('white lacquer', (0.78, 0.77, 0.74), 0.35)
    steel = materials.plain('steel', (0.6, 0.6, 0.6), 0.3, 1.0)
    build(
        Shell(
            width=4.6,
            length=6.2,
            height=2.5,
            window=(2.5, 4.5, 0.95, 2.15),
            wall=cream,
            accent=sage,
            floor=oak,
            cloth=linen,
            panorama=str(panoramas / 'courtyard.exr'),
            daylight=1.6,
            sun=(9.0, 38.0, 24.0),
        )
    )
    door(1.45, 6.2, white, steel)
    ceiling_lamp(-0.3, 3.4, 2.5, 45.0)
    _around_the_sofa(models, panoramas, walnut)
    _around_the_window(models)
    _along_the_wall_ahead(models, panoramas, pine, walnut)


def _around_the_sofa(models: dict[int, Model], panoramas: Path, walnut: Any) -> None:
    pattern = materials.carpet_pattern(
        3, ((0.47, 0.13, 0.11), (0.74, 0.64, 0.48), (0.16, 0.19, 0.31), (0.24, 0.08, 0.08))
    )
    rug = materials.picture('Persian rug', pattern, 0.95)
    box('Rug', (1.9, 2.8, 0.012), (-0.95, 3.75, 0.006), rug, 2.0)
    furniture(models[140], (-1.80, 3.75), 90.0)
    stripes = materials.fabric('striped cloth', (0.72, 0.66, 0.52), (0.12, 0.22, 0.33))
    mustard = materials.fabric('mustard cloth', (0.66, 0.40, 0.06))
    cushion('Cushion', (0.44, 0.44, 0.15), (-1.86, 3.12, 0.64), (68, 0, 68), stripes)
    cushion('Cushion', (0.42, 0.42, 0.14), (-1.88, 4.40, 0.63), (66, 0, 108), mustard)
    furniture(models[51], (-1.78, 3.80), 70.0, None)
    box('Coffee table', (0.56, 1.05, 0.035), (-0.72, 3.72, 0.4025), walnut, 3.0)
    box('Coffee table', (0.48, 0.95, 0.02), (-0.72, 3.72, 0.16), walnut, 3.0)
    for x in (-0.24, 0.24):
        for y in (-0.48, 0.48):
            box('Coffee table', (0.045, 0.045, 0.385), (-0.72 + x, 3.72 + y, 0.1925), walnut, 3.0)
    furniture(models[77], (-0.74, 3.98), 20.0, None)
    furniture(models[9], (-0.58, 3.74), 120.0, None)
    furniture(models[91], (-0.84, 3.62), 75.0, None)
    for number, (turn, tint) in enumerate(((14, (0.5, 0.08, 0.06)), (-6, (0.07, 0.2, 0.28)))):
        cover = materials.plain(f'magazine {number}', tint, 0.35)
        box('Book', (0.20, 0.27, 0.022), (-0.66, 3.36, 0.431 + 0.022 * number), cover, turn)
    box(
        'Book',
        (0.19, 0.25, 0.03),
        (-0.70, 3.80, 0.185),
        materials.plain('atlas', (0.2, 0.3, 0.2)),
        30,
    )
    furniture(models[113], (-1.90, 5.35), 0.0)
    furniture(models[85], (-0.70, 2.55), 55.0, None)
    furniture(models[86], (0.30, 5.15), -38.0)
    for number, (y, left, top) in enumerate(((3.15, 0.06, 0.34), (4.25, 0.55, 0.36))):
        view = materials.photograph(str(panoramas / 'forest.exr'), left, top, 0.16, 1.33)
        framed(f'forest {number}', (0.66, 0.50), (-2.3, y, 1.45), 90.0, view=view, frame=walnut)


def _around_the_window(models: dict[int, Model]) -> None:
    furniture(models[127], (2.18, 3.55), -90.0, 0.08)
    furniture(models[27], (1.45, 3.55), 10.0)
    furniture(models[26], (0.72, 3.95), 70.0)
    furniture(models[26], (1.62, 4.45), -8.0)
    furniture(models[26], (1.55, 2.60), 196.0)
    furniture(models[124], (1.50, 3.62), 0.0, None)
    furniture(models[90], (1.16, 3.42), 30.0, None)
    furniture(models[53], (1.66, 3.28), 40.0, None)
    furniture(models[32], (1.30, 3.78), 0.0, None)
    furniture(models[107], (2.24, 2.95), 0.0, None)


def _along_the_wall_ahead(
    models: dict[int, Model], panoramas: Path, pine: Any, walnut: Any
) -> None:
    covers = [materials.plain(f'book cover {n}', tint, 0.5) for n, tint in enumerate(_COVERS)]
    bookshelf(
        'Bookcase', (0.95, 0.30, 1.95), (-1.20, 6.2, 0.0), 0.0, boards=pine, covers=covers, seed=5
    )
    furniture(models[39], (-0.20, 5.99), 0.0)
    furniture(models[15], (-0.42, 5.98), 0.0, None)
    furniture(models[43], (0.03, 5.98), -6.0, None)
    furniture(models[76], (0.52, 6.00), -12.0)
    furniture(models[78], (-0.42, 5.05), 25.0)
    furniture(models[105], (1.95, 5.75), 82.0)
    view = materials.photograph(str(panoramas / 'sunset.exr'), 0.40, 0.36, 0.2, 1.5)
    framed('evening', (0.75, 0.50), (-0.20, 6.2, 1.55), 0.0, view=view, frame=walnut)
