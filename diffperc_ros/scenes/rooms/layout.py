# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The shell of a place: one room or two, their floors, ceilings, walls and lights."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.rooms.walls import (
    WALL_THICKNESS,
    Opening,
    dressed_window,
    skirting_board,
    things_on_wall,
    wall_face,
)
from diffperc_ros.scenes.shapes.mesh import box, join, quad, turn_z
from diffperc_ros.scenes.shapes.part import Part, carried, on, part
from diffperc_ros.scenes.textures import Random


@dataclass(frozen=True)
class Room:
    """Inner box of a room: x, y from low to high, floor at z = 0, ceiling at height; metres."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    height: float


@dataclass
class Shell:
    """What a layout yields: its parts and lights as rows of the shader's table.

    The floor of room number i is part `floors[i]`.
    """

    rooms: list[Room]
    parts: list[Part] = field(default_factory=list)
    floors: list[int] = field(default_factory=list)
    lights: list[NDArray[np.float64]] = field(default_factory=list)


def build_shell(
    rng: Random, looks: MaterialTable, kind: str, daylight: NDArray[np.float64]
) -> Shell:
    """One room, or two joined by an open doorway; corridor: long and narrow or a hall."""
    height = rng.uniform(2.2, 3.2)
    if kind == 'corridor':
        long, wide = (
            rng.uniform(6, 12),
            float(rng.choice([rng.uniform(1.3, 2.6), rng.uniform(4, 8)])),
        )
        size = np.array([long, wide])
    elif kind in ('tabletop', 'bin'):
        size = rng.uniform(2.2, 5.5, 2)
    else:
        size = rng.uniform(2.3, 8.0, 2)
    shell = Shell([Room(np.zeros(2), size, height)])
    door: Opening | None = None
    if rng.random() < (0.7 if kind == 'corridor' else 0.4) and size[1] > 1.3:
        width = min(rng.uniform(0.8, 1.8), size[1] - 0.3)
        left = rng.uniform(0.1, size[1] - width - 0.1)
        door = Opening(left, left + width, 0, min(rng.uniform(2.0, 2.3), height - 0.1), False)
        annex = np.array([rng.uniform(1.5, 6), rng.uniform(2, 5)])
        shift = rng.uniform(max(left + width - annex[1] + 0.05, -3), left - 0.05)
        low = np.array([size[0] + WALL_THICKNESS, shift])
        shell.rooms.append(Room(low, low + annex, height))
    same = rng.random() < 0.6
    wall = looks.of_role('wall')
    for number, room in enumerate(shell.rooms):
        if number and not same:
            wall = looks.of_role('wall')
        shared = None
        if door is not None:
            shift = 0.0 if number == 0 else shell.rooms[1].low[1]
            shared = Opening(door.left - shift, door.right - shift, 0, door.top, False)
        _room(rng, looks, shell, room, wall, shared, shared_side=1 - 2 * number, daylight=daylight)
    if door is not None:
        look, x = looks.of_role('wood'), size[0]
        frame = []
        for y0, y1, z0, z1 in (
            (door.left - 0.03, door.left, 0, door.top),
            (door.right, door.right + 0.03, 0, door.top),
            (door.left - 0.03, door.right + 0.03, door.top, door.top + 0.03),
            (door.left, door.right, -0.03, 0.002),
        ):
            frame.append(box((x - 0.01, y0, z0), (x + WALL_THICKNESS + 0.01, y1, z1), look))
        shell.parts.append(part(join(frame), 'door', 'doorway'))
    return shell


def _room(
    rng: Random,
    looks: MaterialTable,
    shell: Shell,
    room: Room,
    wall: int,
    shared: Opening | None,
    shared_side: int,
    daylight: NDArray[np.float64],
) -> None:
    """Add one room; shared is its doorway in the wall at high x (side 1) or low x (side -1)."""
    (x0, y0), (x1, y1), h = room.low, room.high, room.height
    w, d = x1 - x0, y1 - y0
    floor = quad((x0, y0, 0), (w, 0, 0), (0, d, 0), looks.of_role('floor'))
    ceiling = quad((x0, y1, h), (w, 0, 0), (0, -d, 0), looks.of_role('ceiling'))
    shell.floors.append(len(shell.parts))
    shell.parts += [part(floor, 'floor', 'floor'), part(ceiling, 'ceiling', 'ceiling')]
    _ceiling_lights(rng, looks, shell, room)
    skirting = looks.of_role('wood') if rng.random() < 0.6 else None
    walls = (
        ((x0, y0), 0.0, w, False),
        ((x1, y0), np.pi / 2, d, shared_side > 0),
        ((x1, y1), np.pi, w, False),
        ((x0, y1), -np.pi / 2, d, shared_side < 0),
    )
    odd = looks.of_role('wall') if rng.random() < 0.35 else wall
    for number, (corner, angle, length, holds_door) in enumerate(walls):
        openings: list[Opening] = []
        if holds_door and shared is not None:
            flip = shared_side < 0
            openings.append(
                Opening(length - shared.right, length - shared.left, 0, shared.top, False)
                if flip
                else shared
            )
        elif rng.random() < 0.35 and length > 1.2:
            wide = min(rng.uniform(0.6, 2.6), length - 0.4)
            left, sill = rng.uniform(0.15, length - wide - 0.15), rng.choice([0.05, 0.8, 1.0])
            openings.append(Opening(left, left + wide, sill, h - rng.uniform(0.15, 0.6), True))
        face = [wall_face(length, h, openings, odd if number == 0 else wall)]
        if skirting is not None:
            face += skirting_board(rng, length, openings, skirting)
        local = [part(join(face), 'wall', 'wall')]
        local = on(local, None, things_on_wall(rng, looks, length, h, openings))
        for opening in openings:
            if opening.window:
                local += dressed_window(rng, looks, opening)
                centre = (
                    (opening.left + opening.right) / 2,
                    0.03,
                    (opening.bottom + opening.top) / 2,
                )
                side = ((opening.right - opening.left) / 2, 0, 0)
                rise = (0, 0, (opening.top - opening.bottom) / 2)
                area = 4 * side[0] * rise[2]
                turned = [turn_z(angle) @ np.array(v) for v in (centre, side, rise)]
                turned[0] += np.array([*corner, 0.0])
                # The light faces into the room: half side u x half side v points to +y locally.
                row = [turned[0], -turned[1], turned[2], daylight * area, np.ones(1)]
                shell.lights.append(np.concatenate(row))
        shell.parts = on(shell.parts, None, carried(local, (*corner, 0), turn_z(angle)))


def _ceiling_lights(rng: Random, looks: MaterialTable, shell: Shell, room: Room) -> None:
    """One to three lamps: panels under the ceiling or bulbs somewhere in the room."""
    warm = np.array([1.0, rng.uniform(0.65, 1.0), rng.uniform(0.4, 1.1)])
    area = float(np.prod(room.high - room.low))
    count = int(rng.integers(1, 4))
    power = rng.uniform(0.5, 2.0) * (4 + area) / count
    for _ in range(count):
        x, y = rng.uniform(room.low + 0.4, room.high - 0.4)
        if rng.random() < 0.65:
            half = rng.uniform(0.05, 0.6, 2)
            z = room.height - rng.uniform(0.01, 0.06)
            glow = looks.emitter(rng.uniform(3, 20))
            low, high = (x - half[0], y - half[1], z), (x + half[0], y + half[1], room.height)
            panel = box(low, high, glow)
            shell.parts.append(part(panel, 'object', 'lamp'))
            row = [(x, y, z - 0.01), (half[0], 0, 0), (0, -half[1], 0), warm * power, (1.0,)]
        else:
            z, r = rng.uniform(1.2, room.height - 0.3), rng.uniform(0.04, 0.15)
            row = [(x, y, z), (r, 0, 0), (0, r, 0), warm * power * 0.4, (0.0,)]
        shell.lights.append(np.concatenate([np.asarray(item, float) for item in row]))
