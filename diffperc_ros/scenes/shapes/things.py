# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Small objects and soft ones, each standing on z = 0: boxes, vessels, books, cushions, cloth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.shapes.mesh import Mesh, box, grid_surface, join, moved, revolved, turn_z
from diffperc_ros.scenes.shapes.part import Part, carried, part
from diffperc_ros.scenes.textures import Random


def row_of_things(rng: Random, looks: MaterialTable, w: float, d: float, h: float) -> list[Part]:
    """Books, boxes and vessels side by side along x from 0 to w, at most d deep and h high.

    All books are one part, every other thing is one.
    """
    spines = [looks.of_role('print', rng.uniform(0.05, 0.3)) for _ in range(4)]
    spines += [looks.of_role('thing') for _ in range(3)]
    volumes: list[Mesh] = []
    others: list[Part] = []
    x = rng.uniform(0, 0.1)
    books = rng.random() < 0.6
    while x < w - 0.05:
        if books and rng.random() < 0.93:
            size = rng.uniform(0.008, 0.06)
            high, deep = h * rng.uniform(0.5, 0.98), min(d, rng.uniform(0.12, 0.28))
            y = -d / 2 + rng.uniform(0, 0.05)
            volumes.append(box((x, y, 0), (x + size, y + deep, high), int(rng.choice(spines))))
            x += size + 0.001 + (rng.random() < 0.05) * 0.1
        else:
            thing = small_thing(rng, looks, min(h, 0.35), min(d, 0.3))
            low, high_corner = thing.mesh.bounds()
            if x + high_corner[0] - low[0] < w:
                others += carried([thing], (x - low[0], rng.uniform(-0.02, 0.02), 0))
            x += high_corner[0] - low[0] + rng.uniform(0, 0.06)
    return [part(join(volumes), 'object', 'books'), *others] if volumes else others


def puffed(material: int, w: float, d: float, h: float) -> Mesh:
    """Cushion: a smooth closed body of the given size on z = 0."""
    a = np.linspace(0, np.pi, 11)[:, None]
    b = np.linspace(0, 2 * np.pi, 25)[None]

    def rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.sign(values) * np.abs(values) ** 0.45)

    points = np.stack(
        [
            w / 2 * rounded(np.sin(a)) * rounded(np.cos(b)),
            d / 2 * rounded(np.sin(a)) * rounded(np.sin(b)),
            h / 2 * (1 - np.cos(a)) * np.ones_like(b),
        ],
        axis=2,
    )
    return grid_surface(points, material)


def cloth(rng: Random, material: int, w: float, d: float, height: float) -> Mesh:
    """Wrinkled sheet lying on z = 0, its folds up to height."""
    n = 28
    x, y = np.meshgrid(np.linspace(-w / 2, w / 2, n), np.linspace(-d / 2, d / 2, n))
    z = np.zeros_like(x)
    for _ in range(6):
        k = rng.normal(0, 7, 2)
        z += rng.uniform(0.2, 1) * np.sin(k[0] * x + k[1] * y + rng.uniform(0, 6))
    z = (z - z.min()) / (np.ptp(z) + 1e-9) * height + 0.004
    return grid_surface(np.stack([x, y, z], 2), material)


def small_thing(rng: Random, looks: MaterialTable, tallest: float, widest: float) -> Part:
    """Box, vessel, book stack, ball or folded cloth no larger than the given metres."""
    kind = rng.random()
    scale = np.exp(rng.uniform(np.log(0.25), 0))
    if kind < 0.4:
        look = looks.of_role(str(rng.choice(['print', 'thing'])), rng.uniform(0.06, 0.4))
        w, d = widest * scale * rng.uniform(0.2, 0.95, 2)
        shape = box(
            (-w / 2, -d / 2, 0), (w / 2, d / 2, tallest * scale * rng.uniform(0.08, 1)), look
        )
        turn = turn_z(rng.uniform(-0.4, 0.4)) if widest > 0.15 else None
        return carried([part(shape, 'object', 'box')], (0, 0, 0), turn)[0]
    if kind < 0.75:
        return vessel(rng, looks.of_role('thing'), tallest * scale, widest * scale)
    if kind < 0.85:
        parts, z = [], 0.0
        w, d = widest * rng.uniform(0.4, 0.85), widest * rng.uniform(0.3, 0.7)
        while z < tallest * scale * 0.7:
            t = rng.uniform(0.005, 0.04)
            look = looks.of_role('print', max(w, d))
            book = box((-w / 2, -d / 2, z), (w / 2, d / 2, z + t), look)
            parts.append(moved(book, (0, 0, 0), turn_z(rng.uniform(-0.3, 0.3))))
            z += t
        if not parts:
            parts = [box((-w / 2, -d / 2, 0), (w / 2, d / 2, 0.02), looks.of_role('print'))]
        return part(join(parts), 'object', 'books' if len(parts) > 1 else 'book')
    if kind < 0.93:
        size = min(tallest, widest) * scale * 0.9
        body = puffed(looks.of_role('cloth', 0.2), size, size, size * rng.uniform(0.3, 1))
        return part(body, 'object', 'cushion')
    look = looks.of_role('cloth', 0.3)
    sheet = cloth(rng, look, widest * 0.9, widest * 0.9, min(tallest, 0.1))
    return part(sheet, 'object', 'cloth')


def vessel(rng: Random, material: int, tallest: float, widest: float) -> Part:
    """Bottle, can, mug, bowl or vase: a random profile turned about the z axis."""
    h, r = tallest * rng.uniform(0.3, 0.98), widest / 2 * rng.uniform(0.35, 0.98)
    kind = int(rng.integers(4))
    if kind == 0:
        name = 'can'
        profile = ([0, r, r, r, r, 0], [0, 0, 0, h, h, h])
    elif kind == 1:
        name = 'bottle'
        neck = r * rng.uniform(0.25, 0.5)
        body = h * rng.uniform(0.45, 0.7)
        profile = ([0, r, r, r, neck, neck, 0], [0, 0, 0.01, body, body + h * 0.15, h, h])
    elif kind == 2:  # open, with an inner wall
        name = 'cup' if h > 1.2 * r else 'bowl'
        profile = (
            [0, r * 0.5, r * 0.8, r, r * 0.96, r * 0.75, r * 0.4, 0],
            [0, 0, h * 0.3, h, h, h * 0.33, h * 0.08, h * 0.06],
        )
    else:
        name = 'vase'
        radii = r * rng.uniform(0.35, 1, 6)
        profile = ([0, *radii, 0], [0, *np.linspace(0, h, 6), h])
    return part(revolved(*profile, material), 'object', name)
