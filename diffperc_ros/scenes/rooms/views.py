# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where pictures are taken from: standing, near the floor, at a table, into a bin, down a hall."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.scenes.rendering.camera import View, look, look_at
from diffperc_ros.scenes.rendering.render_view import Renderer
from diffperc_ros.scenes.rooms.layout import Room
from diffperc_ros.scenes.rooms.scene import Place
from diffperc_ros.scenes.textures import Random

CLEARANCE = 0.12  # metres of air that a camera needs in every direction
CANDIDATES = 12
RICHNESS = 0.3  # how many log units of depth a log unit of objects is worth
PREVIEW = (30, 40)


def choose_view(rng: Random, kind: str, place: Place, renderer: Renderer) -> View | None:
    """Draw candidates, keep the sound one nearest to a drawn median depth and rich in objects.

    The goal spreads depths evenly on a log scale, which plain drawing does not. None where no
    candidate is sound: the camera must stand free and must not stare at something close.
    """
    low, high = {
        'room': (0.9, 7.0),
        'low': (0.2, 3.0),
        'tabletop': (0.35, 1.8),
        'bin': (0.3, 1.3),
        'corridor': (2.0, 11.0),
    }[kind]
    goal = np.exp(rng.uniform(np.log(low), np.log(high)))
    best, best_score = None, np.inf
    for _ in range(CANDIDATES):
        view = draw_view(rng, kind, place)
        if not stands_free(renderer, view.position):
            continue
        depth, objects = renderer.preview(view, *PREVIEW)
        if not sound(depth):
            continue
        miss = abs(float(np.log(np.median(depth[depth > 0]) / goal)))
        score = miss - RICHNESS * float(np.log(len(np.unique(objects))))
        if score < best_score:
            best, best_score = view, score
    return best


def sound(depth: NDArray[np.float32]) -> bool:
    """Whether a depth map is worth a picture: mostly valid, not mostly a wall at the lens."""
    seen = depth[depth > 0]
    return bool(seen.size > 0.6 * depth.size and (seen < 0.25).mean() < 0.6 and seen.min() > 0.08)


def stands_free(renderer: Renderer, position: NDArray[np.float64]) -> bool:
    """Whether nothing is nearer to the camera than CLEARANCE, sideways, above and below."""
    axis = np.array([-1.0, 0.0, 1.0])
    rays = np.stack(np.meshgrid(axis, axis, axis), 3).reshape(-1, 3)
    rays = np.delete(rays, 13, 0)
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    starts = np.broadcast_to(position, rays.shape).astype(np.float32)
    reach = np.full(len(rays), CLEARANCE, np.float32)
    return not bool(renderer.caster.blocked(starts, rays.astype(np.float32), reach).any())


def draw_view(rng: Random, kind: str, place: Place) -> View:
    """Draw a view of a kind without looking at the scene."""
    focal = float(np.exp(rng.uniform(np.log(0.55), np.log(1.8))))
    roll = float(np.radians(rng.normal(0, 3)))
    room = place.rooms[0] if kind == 'corridor' or rng.random() < 0.8 else place.rooms[-1]
    if kind in ('tabletop', 'bin') and len(place.targets):
        return _at_target(rng, kind, place, focal, roll)
    x, y = _inside(rng, room)
    azimuth = rng.uniform(0, 2 * np.pi)
    if kind == 'corridor':
        room_size = room.high - room.low
        axis = int(room_size.argmax())
        point = np.array([x, y])
        from_low = rng.random() < 0.5
        point[axis] = room.low[axis] + room_size[axis] * (0.05 if from_low else 0.95)
        azimuth = axis * np.pi / 2 + (0 if from_low else np.pi) + rng.normal(0, 0.3)
        position = np.array([*point, rng.uniform(0.2, 1.8)])
        return look(position, azimuth, np.radians(rng.uniform(-20, 8)), roll, focal)
    if kind == 'low':
        if rng.random() < 0.5:
            position = np.array([x, y, rng.uniform(0.12, 0.6)])
            return look(position, azimuth, np.radians(rng.uniform(-25, 25)), roll, focal)
        position = np.array([x, y, rng.uniform(0.3, 1.3)])
        return look(position, azimuth, np.radians(rng.uniform(-75, -20)), roll, focal)
    position = np.array([x, y, rng.uniform(1.0, 1.8)])
    tilt = np.clip(rng.normal(-14, 16), -60, 25)
    return look(position, azimuth, np.radians(tilt), roll, focal)


def _inside(rng: Random, room: Room) -> tuple[float, float]:
    """Point of the floor at least 0.2 m from the walls."""
    x, y = rng.uniform(room.low + 0.2, room.high - 0.2)
    return float(x), float(y)


def _at_target(rng: Random, kind: str, place: Place, focal: float, roll: float) -> View:
    """View of a table top, or into a bin or shelf, from an arm's length or two."""
    target = place.targets[int(rng.integers(len(place.targets)))] + rng.normal(0, 0.12, 3)
    near, far = (0.5, 1.5) if kind == 'tabletop' else (0.4, 1.1)
    reach = rng.uniform(near, far)
    up = np.radians(rng.uniform(8, 75) if kind == 'tabletop' else rng.uniform(5, 89))
    angle = rng.uniform(0, 2 * np.pi)
    offset = [np.cos(up) * np.cos(angle), np.cos(up) * np.sin(angle), np.sin(up)]
    position = target + reach * np.array(offset)
    room = place.rooms[0]
    position[:2] = np.clip(position[:2], room.low + 0.15, room.high - 0.15)
    position[2] = np.clip(position[2], 0.15, room.height - 0.15)
    return look_at(position, target, roll, max(focal, 0.8) if rng.random() < 0.6 else focal)
