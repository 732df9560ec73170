# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Shapes of a room: boxes, sheets, cushions, and models of the furniture catalogue.

Metres; x right, y ahead, z up. Every function returns one Blender object, named, so that
its index in the object pass can be told.
"""

from __future__ import annotations

import math
from typing import Any

import bpy  # type: ignore[import-not-found, unused-ignore]
import numpy as np
from mathutils import Vector  # type: ignore[import-not-found, unused-ignore]

from tools.sample_recording.catalogue import Model
from tools.sample_recording.materials import picture

Point = tuple[float, float, float]


def mesh(name: str, vertices: Any, faces: Any, material: Any, smooth: bool = False) -> Any:
    """Object of a vertex list (N, 3) and faces as tuples of vertex numbers."""
    data = bpy.data.meshes.new(name)
    data.from_pydata([tuple(map(float, v)) for v in vertices], [], [tuple(f) for f in faces])
    data.materials.append(material)
    if smooth:
        data.shade_smooth()
    body = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(body)
    return body


def box(name: str, size: Point, centre: Point, material: Any, turn: float = 0.0) -> Any:
    """Cuboid of width, depth and height around a centre, turned by degrees about z."""
    corners = [
        (sx * size[0] / 2, sy * size[1] / 2, sz * size[2] / 2)
        for sz in (-1, 1)
        for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    faces = [(3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
    body = mesh(name, corners, faces, material)
    body.location = centre
    body.rotation_euler = (0.0, 0.0, math.radians(turn))
    return body


def print_on_wall(
    name: str, size: tuple[float, float], centre: Point, facing: float, material: Any
) -> Any:
    """Flat picture whose own z axis points out of the wall; facing 0 looks along -y."""
    w, h = size[0] / 2, size[1] / 2
    body = mesh(name, [(-w, -h, 0), (w, -h, 0), (w, h, 0), (-w, h, 0)], [(0, 1, 2, 3)], material)
    body.location = centre
    body.rotation_euler = (math.pi / 2, 0.0, math.radians(facing))
    return body


def framed(
    name: str,
    size: tuple[float, float],
    centre: Point,
    facing: float,
    *,
    view: np.ndarray[Any, Any],
    frame: Any,
) -> None:
    """Hang a picture (H, W, 3) sRGB 0..1 in a frame; `centre` lies on the wall's face."""
    angle = math.radians(facing)
    out = np.array([math.sin(angle), -math.cos(angle), 0.0])
    x, y, z = np.array(centre) + 0.011 * out
    box('Picture', (size[0] + 0.06, 0.022, size[1] + 0.06), (x, y, z), frame, facing)
    x, y, z = np.array(centre) + 0.0225 * out
    print_on_wall('Picture', size, (x, y, z), facing, picture(name, view, 0.25))


def curtain(
    name: str, size: tuple[float, float], centre: Point, facing: float, material: Any
) -> Any:
    """Hanging cloth with folds 9 cm apart that grow towards the floor."""
    columns, rows = np.meshgrid(np.linspace(-0.5, 0.5, 121), np.linspace(-0.5, 0.5, 9))
    fold = 0.035 * (1.15 - rows) * np.sin(2 * math.pi * columns * size[0] / 0.09 + 2 * rows)
    vertices = np.stack([columns * size[0], fold, rows * size[1]], -1).reshape(-1, 3)
    faces = [
        (r * 121 + c, r * 121 + c + 1, (r + 1) * 121 + c + 1, (r + 1) * 121 + c)
        for r in range(8)
        for c in range(120)
    ]
    body = mesh(name, vertices, faces, material, smooth=True)
    body.location = centre
    body.rotation_euler = (0.0, 0.0, math.radians(facing))
    return body


def cushion(name: str, size: Point, centre: Point, tilt: Point, material: Any) -> Any:
    """Pillow: flat at the seams, full in the middle; tilt in degrees about x, y, z."""
    side = np.linspace(-1.0, 1.0, 25)
    u, v = np.meshgrid(side, side)
    full = np.sqrt(np.clip((1 - u**4) * (1 - v**4), 0.0, 1.0))
    inwards = 1 - 0.10 * (u**2 * (1 - v**2) + v**2 * (1 - u**2))
    half = [
        np.stack(
            [u * inwards * size[0] / 2, v * inwards * size[1] / 2, s * full * size[2] / 2], -1
        )
        for s in (1, -1)
    ]
    vertices = np.concatenate([h.reshape(-1, 3) for h in half])
    faces = []
    for layer in (0, 625):
        for r in range(24):
            for c in range(24):
                a = layer + r * 25 + c
                faces.append(
                    (a, a + 1, a + 26, a + 25) if layer == 0 else (a + 25, a + 26, a + 1, a)
                )
    body = mesh(name, vertices, faces, material, smooth=True)
    body.location = centre
    body.rotation_euler = tuple(math.radians(a) for a in tilt)
    return body


def furniture(
    model: Model, place: tuple[float, float], turn: float, bottom: float | None = 0.0
) -> Any:
    """Place a catalogue model at its true size, standing on its lowest point.

    Parameters
    ----------
    model : Model
        What to place. Unturned, its front looks along -y.
    place : tuple of float
        Centre of its footprint, metres.
    turn : float
        Degrees about z, counter-clockwise from above.
    bottom : float or None
        Height of the lowest point in metres; None drops it on whatever lies below `place`.
    """
    if bottom is None:
        bottom = surface_below(*place)
    before = set(bpy.data.objects)
    bpy.ops.wm.obj_import(filepath=str(model.path), forward_axis='NEGATIVE_Z', up_axis='Y')
    parts = [o for o in bpy.data.objects if o not in before and o.type == 'MESH']
    with bpy.context.temp_override(
        active_object=parts[0], selected_objects=parts, selected_editable_objects=parts
    ):
        bpy.ops.object.transform_apply(location=True, rotation=True, scale=True)
        if len(parts) > 1:
            bpy.ops.object.join()
    body = parts[0]
    body.name = model.name
    body['creator'] = model.creator
    corners = np.array(body.bound_box)
    low, high = corners.min(0), corners.max(0)
    scale = np.array(model.size) / np.maximum(high - low, 1e-9)
    points = np.empty(len(body.data.vertices) * 3, np.float32)
    body.data.vertices.foreach_get('co', points)
    centre = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    body.data.vertices.foreach_set(
        'co', ((points.reshape(-1, 3) - centre) * scale).astype(np.float32).ravel()
    )
    body.data.update()
    body.location = (*place, bottom)
    body.rotation_euler = (0.0, 0.0, math.radians(turn))
    return body


def surface_below(x: float, y: float, top: float = 1.9) -> float:
    """Height of the first surface under a point, metres."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    hit, where, *_ = bpy.context.scene.ray_cast(graph, Vector((x, y, top)), Vector((0, 0, -1)))
    return float(where.z) if hit else 0.0


def bookshelf(
    name: str,
    size: Point,
    place: Point,
    facing: float,
    *,
    boards: Any,
    covers: list[Any],
    seed: int,
) -> None:
    """Open shelves with five rows of books of random sizes and small gaps between them.

    `size` is width, depth and height; `place` is the middle of the foot at the back.
    """
    random = np.random.default_rng(seed)
    width, depth, height = size
    angle = math.radians(facing)

    def put(part: str, dimensions: Point, offset: Point, material: Any) -> None:
        across, out, up = offset
        x = place[0] + across * math.cos(angle) + out * math.sin(angle)
        y = place[1] + across * math.sin(angle) - out * math.cos(angle)
        box(part, dimensions, (x, y, place[2] + up), material, facing)

    for side in (-1, 1):
        middle = (side * (width - 0.025) / 2, depth / 2, height / 2)
        put(name, (0.025, depth, height), middle, boards)
    put(name, (width, 0.012, height), (0.0, 0.006, height / 2), boards)
    levels = [float(level) for level in np.linspace(0.06, height - 0.0125, 6)]
    for level in levels:
        put(name, (width - 0.05, depth, 0.025), (0.0, depth / 2, level), boards)
    clear = levels[1] - levels[0] - 0.06
    for level in levels[:-1]:
        across = -width / 2 + 0.04
        while across < width / 2 - 0.09:
            thick = float(random.uniform(0.016, 0.05))
            if random.random() < 0.12:
                across += float(random.uniform(0.03, 0.14))
                continue
            tall = float(clear * random.uniform(0.62, 0.98))
            deep = float(depth * random.uniform(0.55, 0.8))
            cover = covers[int(random.integers(len(covers)))]
            middle = (across + thick / 2, deep / 2 + 0.03, level + 0.0125 + tall / 2)
            put('Book', (thick, deep, tall), middle, cover)
            across += thick + 0.002
