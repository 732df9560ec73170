# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Puts furniture along the walls and into the room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.scenes.assets import Model
from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.rooms.dressing import as_part, painted
from diffperc_ros.scenes.rooms.layout import Room
from diffperc_ros.scenes.rooms.people import person
from diffperc_ros.scenes.shapes.mesh import turn_z
from diffperc_ros.scenes.shapes.part import Part, bounds, carried
from diffperc_ros.scenes.shapes.pieces import FURNITURE
from diffperc_ros.scenes.textures import Random

SHARES = {'table': 0.2, 'chair': 0.22, 'sofa': 0.13, 'bed': 0.1, 'cabinet': 0.19, 'object': 0.16}
HOME_MADE = {
    'table': ('table',),
    'chair': ('chair',),
    'sofa': ('sofa',),
    'bed': ('bed',),
    'cabinet': ('cabinet', 'shelf'),
    'object': ('bin',),
}
FIXTURES = ('socket', 'switch', 'intercom', 'smoke detector')  # do not lie about
PAINTED = 0.4  # share of the furniture with one clear colour
SEVERAL = {'chair': 0.6, 'table': 0.25, 'cabinet': 0.25}


def is_floor_model(model: Model) -> bool:
    """Whether a model is furniture that stands on the floor."""
    width, depth, height = model.entry.size
    standing = model.entry.elevation < 0.05 and height > 0.3
    standing = standing and model.label != 'person'
    return standing and max(width, depth) > 0.25 and max(width, depth, height) < 3.0


def is_small_model(model: Model) -> bool:
    """Whether a model is a thing that lies about."""
    loose = model.label != 'person' and model.name not in FIXTURES
    return (
        loose
        and len(model.mesh.corners) < 5000
        and max(model.entry.size) < 0.55
        and max(model.entry.size[:2]) > 0.02
    )


@dataclass(frozen=True)
class Furniture:
    """What a scene can be furnished with: models, and where their pictures begin in the bank."""

    standing: tuple[Model, ...]
    small: tuple[Model, ...]
    people: tuple[Model, ...]
    first_picture: int


def sorted_models(models: Sequence[Model], first_picture: int) -> Furniture:
    """Sort a library's models by what they are good for."""
    return Furniture(
        tuple(model for model in models if is_floor_model(model)),
        tuple(model for model in models if is_small_model(model)),
        tuple(model for model in models if model.label == 'person'),
        first_picture,
    )


@dataclass(frozen=True)
class Wish:
    """Something to find a place for: how it is made and how often its back is to a wall."""

    make: Callable[[], list[Part]]
    at_wall: float = 0.7
    patience: int = 1


def furnish(
    rng: Random,
    looks: MaterialTable,
    room: Room,
    furniture: Furniture,
    wanted: Sequence[str],
    people: int,
    crowding: float,
) -> list[list[Part]]:
    """Furnish a room: groups that stand on its floor, without collisions.

    Wanted names of FURNITURE come first, then people (where the furniture has any), then what
    chance brings until about the share `crowding` of the floor is covered.
    """
    area = float(np.prod(room.high - room.low))
    taken: list[NDArray[np.float64]] = []
    placed: list[list[Part]] = []
    covered, tries = 0.0, 0
    queue = [Wish(partial(FURNITURE[name], rng, looks), patience=10) for name in wanted]
    if furniture.people:
        queue += [_someone(rng, looks, furniture) for _ in range(people)]
    while tries < 40 and (queue or covered < crowding * area):
        tries += 1
        if not queue:
            queue = _piece(rng, looks, furniture)
        wish = queue.pop(0)
        spot = _place(rng, room, wish.make(), taken, wish.at_wall)
        if spot is None:
            if wish.patience > 1:
                queue.insert(0, replace(wish, patience=wish.patience - 1))
            continue
        low, high = bounds(spot)
        taken.append(np.array([low[:2], high[:2]]))
        covered += float(np.prod(high[:2] - low[:2]))
        placed.append(spot)
    return placed


def _someone(rng: Random, looks: MaterialTable, furniture: Furniture) -> Wish:
    """Draw a person of the catalogue."""
    model = furniture.people[int(rng.integers(len(furniture.people)))]
    return Wish(partial(person, rng, looks, model, furniture.first_picture), 0.2, 4)


def _piece(rng: Random, looks: MaterialTable, furniture: Furniture) -> list[Wish]:
    """Draw a piece of furniture, chairs mostly several times, each with or without paint."""
    label = str(rng.choice(list(SHARES), p=list(SHARES.values())))
    models = [model for model in furniture.standing if model.label == label]
    if models and rng.random() < 0.7:
        model = models[int(rng.integers(len(models)))]

        def make() -> list[Part]:
            return [as_part(model, looks, furniture.first_picture)]
    else:
        make = partial(FURNITURE[str(rng.choice(HOME_MADE[label]))], rng, looks)

    def with_paint() -> list[Part]:
        first, *others = make()
        return [painted(rng, looks, first) if rng.random() < PAINTED else first, *others]

    several = rng.random() < SEVERAL.get(label, 0.1)
    return [Wish(with_paint)] * (int(rng.integers(2, 5)) if several else 1)


def _place(
    rng: Random,
    room: Room,
    piece: list[Part],
    taken: list[NDArray[np.float64]],
    at_wall_share: float,
) -> list[Part] | None:
    """Try to stand a piece on free floor, with its back (+y) to a wall in the given share."""
    low, high = bounds(piece)
    box_corners = np.stack(np.meshgrid(*np.stack([low, high], 1)), 3).reshape(-1, 3)
    for _ in range(6):
        side = int(rng.integers(4))
        at_wall = rng.random() < at_wall_share
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
        return carried(piece, (*(corner - low[:2]), -low[2]), turn_z(angle))
    return None
