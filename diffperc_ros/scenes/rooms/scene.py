# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One random scene: shell, furniture, clutter, lights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diffperc_ros.scenes.assets import Library
from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.rendering.bank import TextureBank
from diffperc_ros.scenes.rendering.raycast import RayCaster
from diffperc_ros.scenes.rendering.render_view import Scene
from diffperc_ros.scenes.rooms.clutter import scatter
from diffperc_ros.scenes.rooms.furnishing import furnish, sorted_models
from diffperc_ros.scenes.rooms.layout import Room, build_shell
from diffperc_ros.scenes.shapes.part import Part, bounds, numbered, numbered_panes, on
from diffperc_ros.scenes.textures import Random

KINDS = ('room', 'low', 'tabletop', 'bin', 'corridor')
WANTED: dict[str, tuple[str, ...]] = {
    'room': (),
    'low': (),
    'tabletop': ('table', 'table'),
    'bin': ('bin', 'bin', 'shelf'),
    'corridor': (),
}
PEOPLED = ('room', 'low', 'corridor')
PEOPLED_SHARE = 0.25


@dataclass(frozen=True)
class Place:
    """Scene, its parts by object id and the rooms one can stand in.

    targets are (K, 3) points worth looking at.
    """

    scene: Scene
    parts: tuple[Part, ...]
    rooms: tuple[Room, ...]
    targets: np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def build_place(rng: Random, kind: str, library: Library, bank: TextureBank) -> Place:
    """Draw a place of a kind of KINDS."""
    looks = MaterialTable(rng, bank)
    sky_strength = np.exp(rng.uniform(np.log(0.3), np.log(6)))
    sky = sky_strength * np.array([rng.uniform(0.8, 1), 1.0, rng.uniform(0.95, 1.3)])
    furniture = sorted_models(library.models, len(bank.texels) - len(library.pictures))
    shell = build_shell(rng, looks, kind, sky * 1.2)
    parts = list(shell.parts)
    crowding = rng.uniform(0.03, 0.3) if kind == 'corridor' else rng.uniform(0.15, 0.6)
    peopled = kind in PEOPLED and rng.random() < PEOPLED_SHARE
    corners = []
    for number, (room, floor) in enumerate(zip(shell.rooms, shell.floors, strict=True)):
        wanted = WANTED[kind] if number == 0 else ()
        people = int(rng.integers(1, 4)) if peopled and number == 0 else 0
        for group in furnish(rng, looks, room, furniture, wanted, people, crowding):
            parts = on(parts, floor, group)
            corners.append(bounds(group))
    mesh = numbered(parts)
    caster = RayCaster(mesh)
    density = float(np.exp(rng.uniform(np.log(2), np.log(20))))
    for room in shell.rooms:
        parts += scatter(rng, looks, room, caster, mesh.object_id, furniture, density, len(parts))
    named = len(WANTED[kind])
    targets = [
        [*(low + high)[:2] / 2, high[2] * 0.6 if kind == 'bin' else high[2]]
        for low, high in corners[: max(named, 3)]
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
        numbered_panes(parts),
    )
    return Place(scene, tuple(parts), tuple(shell.rooms), np.array(targets).reshape(-1, 3))
