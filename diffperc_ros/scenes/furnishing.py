# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Puts furniture along the walls and into the room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.scenes.assets import Model
from diffperc_ros.scenes.layout import Room
from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.mesh import Mesh, moved, turn_z
from diffperc_ros.scenes.pieces import FURNITURE
from diffperc_ros.scenes.textures import Random

HOME_MADE = ('table', 'table', 'cabinet', 'shelf', 'shelf', 'bed', 'sofa', 'chair', 'chair', 'bin')


def dressed(model: Model, looks: MaterialTable, first_picture: int) -> Mesh:
    """Model with materials of this scene; first_picture is where the library's pictures begin."""
    numbers = [
        looks.of_model(diffuse, texture + first_picture if texture >= 0 else -1)
        for diffuse, texture in zip(model.diffuse, model.textures, strict=True)
    ]
    return replace(model.mesh, material=np.asarray(numbers, np.int32)[model.mesh.material])


def is_floor_model(model: Model) -> bool:
    """Whether a model is furniture that stands on the floor."""
    width, depth, height = model.entry.size
    standing = model.entry.elevation < 0.05 and height > 0.3
    return standing and max(width, depth) > 0.25 and max(width, depth, height) < 3.0


def is_small_model(model: Model) -> bool:
    """Whether a model is a thing that lies about."""
    light = len(model.mesh.corners) < 5000
    return light and max(model.entry.size) < 0.55 and max(model.entry.size[:2]) > 0.02


def furnish(
    rng: Random,
    looks: MaterialTable,
    room: Room,
    models: Sequence[Model],
    first_picture: int,
    wanted: Sequence[str],
    crowding: float,
) -> list[Mesh]:
    """Furniture for a room, without collisions; wanted names of FURNITURE come first.

    crowding is about the share of the floor that may be covered.
    """
    standing = [model for model in models if is_floor_model(model)]
    area = float(np.prod(room.high - room.low))
    taken: list[NDArray[np.float64]] = []
    placed: list[Mesh] = []
    covered, tries = 0.0, 0
    queue = list(wanted)
    while tries < 40 and (queue or covered < crowding * area):
        tries += 1
        if queue:
            piece = FURNITURE[queue[0]](rng, looks)
        elif standing and rng.random() < 0.6:
            piece = dressed(standing[int(rng.integers(len(standing)))], looks, first_picture)
        else:
            piece = FURNITURE[str(rng.choice(HOME_MADE))](rng, looks)
        spot = _place(rng, room, piece, taken)
        if spot is None:
            continue
        if queue:
            queue.pop(0)
        low, high = spot.bounds()
        taken.append(np.array([low[:2], high[:2]]))
        covered += float(np.prod(high[:2] - low[:2]))
        placed.append(spot)
    return placed


def _place(rng: Random, room: Room, piece: Mesh, taken: list[NDArray[np.float64]]) -> Mesh | None:
    """Try to stand a piece on free floor, mostly with its back (+y) to a wall."""
    low, high = piece.bounds()
    box_corners = np.stack(np.meshgrid(*np.stack([low, high], 1)), 3).reshape(-1, 3)
    for _ in range(6):
        side = int(rng.integers(4))
        at_wall = rng.random() < 0.7
        angle = side * np.pi / 2 + (0.0 if at_wall else rng.normal(0, 0.3))
        turned = box_corners @ turn_z(angle).T
        low, high = turned.min(0), turned.max(0)
        size = (high - low)[:2]
        slack = room.high - room.low - size - 0.04
        if (slack < 0).any() or high[2] > room.height - 0.05:
            continue
        corner = room.low + 0.02 + rng.uniform(0, 1, 2) * slack
        if at_wall:
            gap = rng.uniform(0.01, 0.06)
            # The back looks to +y, -x, -y, +x for the four sides.
            axis, upper = [(1, True), (0, False), (1, False), (0, True)][side]
            corner[axis] = room.high[axis] - size[axis] - gap if upper else room.low[axis] + gap
        spare = 0.02
        box = np.array([corner - spare, corner + size + spare])
        if any((box[0] < t[1]).all() and (box[1] > t[0]).all() for t in taken):
            continue
        return moved(piece, (*(corner - low[:2]), -low[2]), turn_z(angle))
    return None
