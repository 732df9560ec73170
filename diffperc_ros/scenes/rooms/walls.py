# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Walls in their own frame: holes, windows and all that hangs on them.

A wall runs along x from 0 to its length at y = 0, the room lies towards +y; metres.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.shapes.mesh import Mesh, box, grid_surface, join, quad
from diffperc_ros.scenes.shapes.part import Part, carried, on, part
from diffperc_ros.scenes.shapes.things import row_of_things
from diffperc_ros.scenes.textures import Random

WALL_THICKNESS = 0.12


@dataclass(frozen=True)
class Opening:
    """Hole in a wall: from left to right along it, from bottom to top; metres."""

    left: float
    right: float
    bottom: float
    top: float
    window: bool


def wall_face(length: float, height: float, openings: list[Opening], look: int) -> Mesh:
    """Wall in its own frame: along x from 0, at y = 0, the room towards +y; holes left out."""
    pieces, start = [], 0.0
    for hole in sorted(openings, key=lambda item: item.left):
        pieces.append((start, hole.left, 0.0, height))
        pieces.append((hole.left, hole.right, 0.0, hole.bottom))
        pieces.append((hole.left, hole.right, hole.top, height))
        start = hole.right
    pieces.append((start, length, 0.0, height))
    meshes = []
    for a, b, low, high in pieces:
        if b - a > 1e-6 and high - low > 1e-6:
            meshes.append(quad((b, 0, low), (a - b, 0, 0), (0, 0, high - low), look))
    return join(meshes)


def skirting_board(rng: Random, length: float, openings: list[Opening], look: int) -> list[Mesh]:
    """Board along the foot of a wall, none where the wall has a doorway; wall frame."""
    if any(hole.bottom < 0.2 for hole in openings):
        return []
    return [box((0, 0, 0), (length, 0.012, rng.uniform(0.05, 0.15)), look)]


def dressed_window(rng: Random, looks: MaterialTable, hole: Opening) -> list[Part]:
    """Frame with bars and sill, and often curtains, a blind or a radiator; wall frame."""
    look, t = looks.of_role('wood'), rng.uniform(0.03, 0.07)
    a, b, low, high = hole.left, hole.right, hole.bottom, hole.top
    back = -WALL_THICKNESS
    bars = [
        box((a, back, low), (a + t, 0.01, high), look),
        box((b - t, back, low), (b, 0.01, high), look),
        box((a, back, low), (b, 0.01, low + t), look),
        box((a, back, high - t), (b, 0.01, high), look),
    ]
    for quarter in range(1, int(rng.integers(1, 5))):
        x = a + (b - a) * quarter / 4
        bars.append(box((x - t / 2, back, low), (x + t / 2, back + 0.05, high), look))
    if rng.random() < 0.4:
        z = (low + high) / 2
        bars.append(box((a, back, z - t / 2), (b, back + 0.05, z + t / 2), look))
    parts: list[Part] = []
    dress = rng.random()
    if dress < 0.35:
        for side in (0, 1):
            share = rng.uniform(0.1, 0.45) * (b - a)
            x0 = a - 0.1 if side == 0 else b + 0.1 - share
            foot = max(low - 0.7, 0.02)
            hanging = _curtain(rng, looks.of_role('cloth'), x0, share, foot, high + 0.1)
            parts.append(part(hanging, 'window', 'curtain'))
    elif dress < 0.55:
        slat, pitch = looks.of_role('thing'), rng.uniform(0.025, 0.08)
        end = low + rng.uniform(0, 0.7) * (high - low)
        slats = [
            box((a, 0.0, z), (b, 0.02, z + pitch * 0.55), slat)
            for z in np.arange(end, high, pitch)
        ]
        parts.append(part(join(slats), 'window', 'blind'))
    if low > 0.6 and rng.random() < 0.5:
        fins, steel = [], looks.of_role('thing')
        for x in np.arange(a + 0.05, b - 0.05, rng.uniform(0.045, 0.1)):
            fins.append(box((x, 0.03, 0.12), (x + 0.035, 0.1, low - 0.1), steel))
        parts.append(part(join(fins), 'object', 'radiator'))
    if rng.random() < 0.5:
        bars.append(box((a - 0.05, -0.05, low - 0.03), (b + 0.05, 0.14, low), look))
    pane = quad((b, back, low), (a - b, 0, 0), (0, 0, high - low), look)
    return [replace(part(join(bars), 'window', 'window'), pane=pane), *parts]


def _curtain(rng: Random, look: int, x: float, width: float, low: float, high: float) -> Mesh:
    """Hanging cloth with folds."""
    u = np.linspace(0, 1, 60)
    wave = 0.09 + 0.04 * np.sin(u * rng.uniform(20, 60) * width + 3 * np.sin(u * 5))
    points = [np.stack([x + u * width, wave, np.full_like(u, z)], 1) for z in (high, low)]
    return grid_surface(np.stack(points), look)


def things_on_wall(
    rng: Random,
    looks: MaterialTable,
    length: float,
    height: float,
    openings: list[Opening],
) -> list[Part]:
    """Hang up closed doors, pictures, notes, shelves, sockets; never across an opening."""
    parts: list[Part] = []
    taken = [(hole.left - 0.1, hole.right + 0.1) for hole in openings]

    def free(width: float) -> float | None:
        for _ in range(6):
            x = rng.uniform(0.05, max(length - width - 0.05, 0.06))
            if x + width < length and all(x > b or x + width < a for a, b in taken):
                return float(x)
        return None

    def put(width: float) -> float | None:
        x = free(width)
        if x is not None:
            taken.append((x, x + width))
        return x

    if rng.random() < 0.4 and (x := put(0.95)) is not None:
        leaf, top = looks.of_role('wood'), min(2.05, height - 0.05)
        frame = looks.of_role('wood')
        door = [
            box((x, 0, 0), (x + 0.95, 0.02, top + 0.07), frame),
            box((x + 0.06, 0, 0), (x + 0.89, 0.035, top), leaf),
        ]
        for z0, z1 in ((0.2, 0.9), (1.05, 1.85)):
            if rng.random() < 0.6:
                door.append(box((x + 0.2, 0, z0), (x + 0.75, 0.045, z1), looks.of_role('wood')))
        door.append(box((x + 0.78, 0.03, 1.0), (x + 0.86, 0.09, 1.03), looks.of_role('thing')))
        parts.append(part(join(door), 'door', 'door'))
    for _ in range(int(rng.integers(0, 7))):
        w, h = np.exp(rng.uniform(np.log(0.15), np.log(1.3), 2))
        if (x := put(w)) is not None and h < height - 1.2:
            z = rng.uniform(0.9, max(height - h - 0.1, 0.95))
            t = rng.uniform(0.002, 0.04)
            rim = box((x, 0, z), (x + w, t, z + h), looks.of_role('wood'))
            m = rng.uniform(0, 0.06) * min(w, h) + 0.002
            picture = looks.of_role('picture', max(w, h) * rng.uniform(0.4, 1))
            sheet = box((x + m, 0, z + m), (x + w - m, t + 0.002, z + h - m), picture)
            parts.append(part(join([rim, sheet]), 'object', 'picture'))
    for _ in range(int(rng.integers(0, 3))):
        w = rng.uniform(0.4, 1.5)
        if (x := put(w)) is not None:
            z, d = rng.uniform(1.1, 1.9), rng.uniform(0.15, 0.3)
            board = box((x, 0, z), (x + w, d, z + 0.025), looks.of_role('wood'))
            content = carried(row_of_things(rng, looks, w, d, 0.3), (x, d / 2, z + 0.025))
            parts = on(parts, None, on([part(board, 'cabinet', 'shelf')], 0, content))
    for _ in range(int(rng.integers(0, 5))):
        x, z = rng.uniform(0, length), float(rng.choice([0.3, 1.1]))
        if all(x > b or x + 0.1 < a for a, b in taken):
            plate = box((x, 0, z), (x + 0.08, 0.012, z + 0.08), looks.of_role('thing'))
            parts.append(part(plate, 'object', 'socket' if z < 1 else 'switch'))
    return parts
