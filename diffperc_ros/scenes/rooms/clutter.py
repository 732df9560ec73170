# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Small things that fall on whatever lies below them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.rendering.raycast import RayCaster
from diffperc_ros.scenes.rooms.dressing import as_part, painted
from diffperc_ros.scenes.rooms.furnishing import Furniture
from diffperc_ros.scenes.rooms.layout import Room
from diffperc_ros.scenes.shapes.mesh import Floats, Ints, turn_x, turn_z
from diffperc_ros.scenes.shapes.part import Part, carried, part
from diffperc_ros.scenes.shapes.things import cloth, small_thing
from diffperc_ros.scenes.textures import Random

CELL = 0.025  # metres, grid of the height map
PAINTED = 0.4  # share of the things with one clear colour


class HeightMap:
    """Heights above the floor and what is there, seen from a level; kept up to date."""

    def __init__(self, caster: RayCaster, object_id: Ints, room: Room, level: float) -> None:
        self.low, self.level = room.low, level
        count = np.maximum(((room.high - room.low) / CELL).astype(int), 1)
        x = room.low[0] + (np.arange(count[0]) + 0.5) * CELL
        y = room.low[1] + (np.arange(count[1]) + 0.5) * CELL
        starts = np.stack([*np.meshgrid(x, y, indexing='ij'), np.full(count, level)], 2)
        origins = np.ascontiguousarray(starts.reshape(-1, 3), np.float32)
        down = np.zeros_like(origins)
        down[:, 2] = -1
        hit = caster.first_hit(origins, down)
        height = np.clip(level - hit.distance, 0, None)
        self.heights: Floats = height.reshape(count).astype(np.float32)
        self.tops: Ints = np.where(hit.triangle < 0, -1, object_id[hit.triangle]).reshape(count)

    def drop(self, thing: Part, x: float, y: float, number: int) -> Part | None:
        """Thing come to rest at (x, y), or None where it would stick out of the map or level.

        It is then number `number` of the scene, and its support the number of what is below.
        """
        low, high = thing.mesh.bounds()
        middle = (low + high)[:2] / 2
        a = np.floor((np.array([x, y]) + low[:2] - middle - self.low) / CELL).astype(int)
        b = np.floor((np.array([x, y]) + high[:2] - middle - self.low) / CELL).astype(int) + 1
        if (a < 0).any() or (b > self.heights.shape).any():
            return None
        below = self.heights[a[0] : b[0], a[1] : b[1]]
        rest = float(below.max())
        top = rest + float(high[2] - low[2])
        if top > self.level - 0.03 or np.ptp(below) > 0.12:
            return None
        region = self.tops[a[0] : b[0], a[1] : b[1]]
        support = int(region.flat[int(below.argmax())])
        below[:] = top
        region[:] = number
        (settled,) = carried([thing], (x - middle[0], y - middle[1], rest - low[2]))
        return replace(settled, support=support if support >= 0 else None)


def scatter(
    rng: Random,
    looks: MaterialTable,
    room: Room,
    caster: RayCaster,
    object_id: Ints,
    furniture: Furniture,
    density: float,
    first_number: int,
) -> list[Part]:
    """Drop things all over a room; density is about things per square metre of floor.

    Half of them try raised places first (tables, beds), some lie on the floor below furniture.
    They are numbered from first_number on; object_id says what the triangles of the caster are.
    """
    upper = HeightMap(caster, object_id, room, room.height - 0.35)
    lower = HeightMap(caster, object_id, room, 0.45)
    raised = np.argwhere((upper.heights > 0.25) & (upper.heights < 1.3))
    area = float(np.prod(room.high - room.low))
    fallen: list[Part] = []
    for _ in range(min(int(density * area) + 12, 160)):
        thing = _thing(rng, looks, furniture)
        choice = rng.random()
        if choice < 0.6 and len(raised):
            x, y = room.low + (raised[int(rng.integers(len(raised)))] + rng.random(2)) * CELL
        else:
            x, y = rng.uniform(room.low, room.high)
        number = first_number + len(fallen)
        settled = (lower if choice > 0.85 else upper).drop(thing, float(x), float(y), number)
        if settled is not None:
            fallen.append(settled)
    return fallen


def _thing(rng: Random, looks: MaterialTable, furniture: Furniture) -> Part:
    """Draw something small: from the catalogue, made of solids, or a cloth."""
    kind = rng.random()
    if furniture.small and kind < 0.4:
        model = furniture.small[int(rng.integers(len(furniture.small)))]
        thing = as_part(model, looks, furniture.first_picture)
    elif kind < 0.95:
        large = rng.random() < 0.15
        thing = small_thing(rng, looks, 0.5 if large else 0.3, 0.5 if large else 0.25)
    else:
        w, d = rng.uniform(0.2, 0.8, 2)
        sheet = cloth(rng, looks.of_role('cloth'), w, d, rng.uniform(0.005, 0.1))
        thing = part(sheet, 'object', 'cloth')
    if rng.random() < PAINTED:
        thing = painted(rng, looks, thing)
    lying = turn_x(np.pi / 2) if rng.random() < 0.15 else np.eye(3)
    return carried([thing], (0, 0, 0), turn_z(rng.uniform(0, 2 * np.pi)) @ lying)[0]
