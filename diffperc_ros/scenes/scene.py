# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One random scene: shell, furniture, clutter, lights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from diffperc_ros.scenes.assets import Library
from diffperc_ros.scenes.bank import TextureBank
from diffperc_ros.scenes.clutter import scatter
from diffperc_ros.scenes.furnishing import furnish
from diffperc_ros.scenes.layout import Room, build_shell
from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.mesh import Mesh, join
from diffperc_ros.scenes.raycast import RayCaster
from diffperc_ros.scenes.render_view import Scene
from diffperc_ros.scenes.textures import Random

KINDS = ('room', 'low', 'tabletop', 'bin', 'corridor')
WANTED: dict[str, tuple[str, ...]] = {
    'room': (),
    'low': (),
    'tabletop': ('table', 'table'),
    'bin': ('bin', 'bin', 'shelf'),
    'corridor': (),
}


@dataclass(frozen=True)
class Place:
    """Scene and the rooms one can stand in; targets are (K, 3) points worth looking at."""

    scene: Scene
    rooms: tuple[Room, ...]
    targets: np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def numbered(parts: Sequence[Mesh]) -> Mesh:
    """One mesh whose object_id counts the parts."""
    return join(
        [
            replace(part, object_id=np.full(len(part.corners), number, np.int32))
            for number, part in enumerate(parts)
        ]
    )


def build_place(rng: Random, kind: str, library: Library, bank: TextureBank) -> Place:
    """Draw a place of a kind of KINDS."""
    looks = MaterialTable(rng, bank)
    sky_strength = np.exp(rng.uniform(np.log(0.3), np.log(6)))
    sky = sky_strength * np.array([rng.uniform(0.8, 1), 1.0, rng.uniform(0.95, 1.3)])
    first_picture = len(bank.texels) - len(library.pictures)
    shell = build_shell(rng, looks, kind, sky * 1.2)
    parts = list(shell.parts)
    crowding = rng.uniform(0.03, 0.3) if kind == 'corridor' else rng.uniform(0.15, 0.6)
    furniture: list[Mesh] = []
    for number, room in enumerate(shell.rooms):
        wanted = WANTED[kind] if number == 0 else ()
        furniture += furnish(rng, looks, room, library.models, first_picture, wanted, crowding)
    parts += furniture
    caster = RayCaster(join(parts))
    density = float(np.exp(rng.uniform(np.log(2), np.log(20))))
    for room in shell.rooms:
        parts += scatter(rng, looks, room, caster, library.models, first_picture, density)
    named = len(WANTED[kind])
    targets = [
        [*(low + high)[:2] / 2, high[2] * 0.6 if kind == 'bin' else high[2]]
        for low, high in (part.bounds() for part in furniture[: max(named, 3)])
    ]
    lights = np.array(shell.lights)
    dim = rng.uniform(0.02, 0.12) * lights[:, 9:12].mean(0)
    scene = Scene(
        numbered(parts),
        looks.table(),
        lights,
        dim,
        sky,
        int(rng.choice(bank.families['landscape'])),
    )
    return Place(scene, tuple(shell.rooms), np.array(targets).reshape(-1, 3))
