# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Furniture made of a few solids, each piece standing on z = 0 with its back towards +y."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.shapes.mesh import Mesh, box, join, moved, turn_x, turn_z
from diffperc_ros.scenes.shapes.part import Part, carried, on, part
from diffperc_ros.scenes.shapes.things import cloth, puffed, row_of_things, small_thing
from diffperc_ros.scenes.textures import Random

Maker = Callable[[Random, MaterialTable], list[Part]]


def table(rng: Random, looks: MaterialTable) -> list[Part]:
    """Table or desk: a board on legs, some with drawers."""
    w, d = rng.uniform(0.5, 1.9), rng.uniform(0.45, 0.95)
    h = float(rng.choice([rng.uniform(0.35, 0.5), rng.uniform(0.68, 0.92)], p=[0.25, 0.75]))
    top, frame = looks.of_role('wood'), looks.of_role('wood')
    thick, leg = rng.uniform(0.015, 0.06), rng.uniform(0.02, 0.09)
    parts = [box((-w / 2, -d / 2, h - thick), (w / 2, d / 2, h), top)]
    for x in (-w / 2 + 0.02, w / 2 - leg - 0.02):
        for y in (-d / 2 + 0.02, d / 2 - leg - 0.02):
            parts.append(box((x, y, 0), (x + leg, y + leg, h - thick), frame))
    has_drawers = rng.random() < 0.4 and w > 0.9
    if has_drawers:
        side = rng.choice([-1, 1])
        x0, x1 = sorted((side * (w / 2 - 0.03), side * (w / 2 - 0.43)))
        parts += drawers(rng, looks, (x0, -d / 2 + 0.03, 0.05), (x1, d / 2 - 0.03, h - thick))
    name = 'coffee table' if h < 0.6 else 'desk' if has_drawers else 'table'
    return [part(join(parts), 'table', name)]


def drawers(
    rng: Random,
    looks: MaterialTable,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
) -> list[Mesh]:
    """Close a box; its front (towards -y) shows drawers or doors with handles."""
    body, front, metal = looks.of_role('wood'), looks.of_role('wood'), looks.of_role('thing')
    rows, columns = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    parts = [box(low, high, body)]
    dx, dz = (high[0] - low[0]) / columns, (high[2] - low[2]) / rows
    for row in range(rows):
        for column in range(columns):
            x, z, y = low[0] + column * dx, low[2] + row * dz, low[1]
            gap = 0.006
            parts.append(
                box((x + gap, y - 0.018, z + gap), (x + dx - gap, y, z + dz - gap), front)
            )
            hx, hz = x + dx * 0.5, z + dz * rng.choice([0.5, 0.8])
            parts.append(
                box((hx - 0.05, y - 0.045, hz - 0.007), (hx + 0.05, y - 0.018, hz + 0.007), metal)
            )
    return parts


def cabinet(rng: Random, looks: MaterialTable) -> list[Part]:
    """Chest, sideboard or wardrobe."""
    w, d = rng.uniform(0.4, 1.8), rng.uniform(0.3, 0.65)
    h = float(rng.choice([rng.uniform(0.4, 1.1), rng.uniform(1.5, 2.1)]))
    body = join(drawers(rng, looks, (-w / 2, -d / 2, 0), (w / 2, d / 2, h)))
    return [part(body, 'cabinet', 'wardrobe' if h > 1.3 else 'cabinet')]


def shelf(rng: Random, looks: MaterialTable) -> list[Part]:
    """Open shelf, its boards full of books, boxes and vessels."""
    w, d, h = rng.uniform(0.5, 1.8), rng.uniform(0.22, 0.45), rng.uniform(0.7, 2.2)
    look, t = looks.of_role('wood'), 0.02
    levels = max(2, int(h / rng.uniform(0.26, 0.45)))
    parts = [
        box((-w / 2, -d / 2, 0), (-w / 2 + t, d / 2, h), look),
        box((w / 2 - t, -d / 2, 0), (w / 2, d / 2, h), look),
    ]
    if rng.random() < 0.7:
        parts.append(box((-w / 2, d / 2 - 0.008, 0), (w / 2, d / 2, h), look))
    step = (h - t) / levels
    contents: list[Part] = []
    for level in range(levels + 1):
        z = level * step
        parts.append(box((-w / 2 + t, -d / 2, z), (w / 2 - t, d / 2, z + t), look))
        if level < levels:
            content = row_of_things(rng, looks, w - 2 * t - 0.02, d - 0.03, step - t - 0.02)
            contents += carried(content, (-w / 2 + t + 0.01, 0, z + t))
    return on([part(join(parts), 'cabinet', 'bookcase')], 0, contents)


def bed(rng: Random, looks: MaterialTable) -> list[Part]:
    """Bed with mattress, wrinkled cover and pillows, head towards +y."""
    return [plain_bed(rng, looks, rng.uniform(0.3, 0.6))]


def plain_bed(rng: Random, looks: MaterialTable, h: float) -> Part:
    """Bed whose mattress is h metres high, head towards +y."""
    w, d = rng.uniform(0.8, 1.8), rng.uniform(1.9, 2.1)
    frame, sheet, cover = looks.of_role('wood'), looks.of_role('cloth'), looks.of_role('cloth')
    parts = [
        box((-w / 2, -d / 2, 0.08), (w / 2, d / 2, h - 0.18), frame),
        box((-w / 2, d / 2, 0), (w / 2, d / 2 + 0.05, h + rng.uniform(0.1, 0.6)), frame),
        box((-w / 2 + 0.02, -d / 2 + 0.02, h - 0.18), (w / 2 - 0.02, d / 2, h), sheet),
        moved(cloth(rng, cover, w + 0.06, d * rng.uniform(0.5, 0.85), 0.05), (0, -d * 0.1, h)),
    ]
    for x in (-w / 4, w / 4):
        pillow = puffed(looks.of_role('cloth'), min(w / 2 - 0.05, 0.6), 0.4, 0.14)
        parts.append(moved(pillow, (x, d / 2 - 0.25, h)))
    return part(join(parts), 'bed', 'bed')


def sofa(rng: Random, looks: MaterialTable) -> list[Part]:
    """Sofa or armchair with cushions, back towards +y."""
    seats, h = int(rng.integers(1, 4)), rng.uniform(0.36, 0.46)
    look, other = looks.of_role('cloth'), looks.of_role('cloth')
    w, d, arm = 0.65 * seats + 0.35, rng.uniform(0.75, 0.95), 0.16
    parts = [
        box((-w / 2, -d / 2, 0.06), (w / 2, d / 2, h - 0.12), look),
        box((-w / 2, d / 2 - 0.2, 0.06), (w / 2, d / 2, h + rng.uniform(0.3, 0.5)), look),
        box((-w / 2, -d / 2, 0.06), (-w / 2 + arm, d / 2, h + 0.18), look),
        box((w / 2 - arm, -d / 2, 0.06), (w / 2, d / 2, h + 0.18), look),
    ]
    for seat in range(seats):
        x = -w / 2 + arm + (seat + 0.5) * (w - 2 * arm) / seats
        wide = (w - 2 * arm) / seats
        parts.append(moved(puffed(look, wide, d - 0.25, 0.16), (x, -0.1, h - 0.13)))
        if rng.random() < 0.5:
            cushion = moved(puffed(other, 0.4, 0.4, 0.14), (0, 0, 0), turn_x(1.2))
            parts.append(moved(cushion, (x, d / 2 - 0.3, h + 0.22)))
    whole = join(parts)
    return [part(whole, 'chair', 'armchair') if seats == 1 else part(whole, 'sofa', 'sofa')]


def chair(rng: Random, looks: MaterialTable) -> list[Part]:
    """Plain chair, back towards +y."""
    return [plain_chair(rng, looks, rng.uniform(0.36, 0.5), rng.uniform(0.42, 0.5))]


def plain_chair(rng: Random, looks: MaterialTable, w: float, h: float) -> Part:
    """Chair of a width and seat height in metres, back towards +y."""
    t = rng.uniform(0.02, 0.05)
    frame = looks.of_role('wood')
    seat = looks.of_role(str(rng.choice(['cloth', 'wood'])))
    parts = [box((-w / 2, -w / 2, h - 0.04), (w / 2, w / 2, h), seat)]
    top = h + rng.uniform(0.3, 0.55)
    for x in (-w / 2, w / 2 - t):
        parts.append(box((x, -w / 2, 0), (x + t, -w / 2 + t, h - 0.04), frame))
        parts.append(box((x, w / 2 - t, 0), (x + t, w / 2, top), frame))
    for z in np.arange(h + 0.12, top, rng.uniform(0.07, 0.3)):
        parts.append(box((-w / 2, w / 2 - t, z), (w / 2, w / 2, z + 0.05), seat))
    return part(join(parts), 'chair', 'chair')


def bin_of_things(rng: Random, looks: MaterialTable) -> list[Part]:
    """Open box, crate or drawer with a heap of things in it."""
    w, d, h = rng.uniform(0.3, 0.75), rng.uniform(0.25, 0.55), rng.uniform(0.12, 0.4)
    look, t = looks.of_role(str(rng.choice(['wood', 'thing']))), rng.uniform(0.005, 0.02)
    parts = [
        box((-w / 2, -d / 2, 0), (w / 2, d / 2, t), look),
        box((-w / 2, -d / 2, 0), (-w / 2 + t, d / 2, h), look),
        box((w / 2 - t, -d / 2, 0), (w / 2, d / 2, h), look),
        box((-w / 2, -d / 2, 0), (w / 2, -d / 2 + t, h), look),
        box((-w / 2, d / 2 - t, 0), (w / 2, d / 2, h), look),
    ]
    heap: list[Part] = []
    for _ in range(int(rng.integers(4, 22))):
        thing = small_thing(rng, looks, 0.28, 0.2)
        if rng.random() < 0.6:
            turn = turn_z(rng.uniform(0, 6)) @ turn_x(rng.uniform(0, 3))
            (thing,) = carried([thing], (0, 0, 0), turn)
        low, high = thing.mesh.bounds()
        room = np.maximum(np.array([w, d]) - 2 * t - (high - low)[:2], 0) / 2
        x, y = rng.uniform(-room, room) - (low + high)[:2] / 2
        heap += carried([thing], (x, y, t + rng.uniform(0, max(h - 0.2, 0.02)) - low[2]))
    return on([part(join(parts), 'object', 'box')], 0, heap)


FURNITURE: dict[str, Maker] = {
    'table': table,
    'cabinet': cabinet,
    'shelf': shelf,
    'bed': bed,
    'sofa': sofa,
    'chair': chair,
    'bin': bin_of_things,
}
