# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Triangles with everything that a hit point must know, and the few solids scenes are made of.

World frame: metres, z up. Texture coordinates of the solids are metres along the surface, so that
a texture keeps its true size whatever it is put on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

CREASE = 0.7  # cosine of the angle beyond which an edge stays sharp
NO_AREA = 0.5e-9  # square metres below which a triangle is left out


@dataclass(frozen=True)
class Mesh:
    """T triangles, unindexed.

    Attributes
    ----------
    corners
        (T, 3, 3) float32, metres: triangle, corner, axis.
    normals
        (T, 3, 3) float32, unit shading normal at every corner.
    uv
        (T, 3, 2) float32, texture coordinates at every corner.
    material
        (T,) int32, row of the scene's material table.
    object_id
        (T,) int32, the object the triangle belongs to; -1 before it is placed in a scene.
    """

    corners: Floats
    normals: Floats
    uv: Floats
    material: Ints
    object_id: Ints

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Smallest and largest corner, (3,) float64 each, metres."""
        columns = [self.corners[:, :, axis] for axis in range(3)]
        low, high = [c.min() for c in columns], [c.max() for c in columns]
        return np.array(low, np.float64), np.array(high, np.float64)


def from_triangles(
    corners: ArrayLike,
    material: int,
    uv: ArrayLike | None = None,
    normals: ArrayLike | None = None,
) -> Mesh:
    """Mesh of one material; flat normals and box-projected metric uv where none are given.

    Given normals are taken where they are within CREASE of the triangle's own, so that what is
    averaged over neighbours does not round off edges.
    """
    points = np.asarray(corners, np.float32).reshape(-1, 3, 3)
    face = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    face /= np.linalg.norm(face, axis=1, keepdims=True) + 1e-20
    if normals is None:
        smooth = np.repeat(face[:, None], 3, axis=1)
    else:
        given = np.asarray(normals, np.float32).reshape(-1, 3, 3)
        near = (given * face[:, None]).sum(2, keepdims=True) > CREASE
        smooth = np.where(near, given, face[:, None])
    if uv is None:
        axis = np.abs(face).argmax(1)
        pick = np.array([[1, 2], [0, 2], [0, 1]])[axis]
        coordinates = np.take_along_axis(points, pick[:, None, :].repeat(3, 1), axis=2)
    else:
        coordinates = np.asarray(uv, np.float32).reshape(-1, 3, 2)
    count = len(points)
    return Mesh(
        points,
        np.ascontiguousarray(smooth, np.float32),
        np.ascontiguousarray(coordinates, np.float32),
        np.full(count, material, np.int32),
        np.full(count, -1, np.int32),
    )


def triangle_areas(corners: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Square metres of (T, 3, 3) triangles, (T,) float64."""
    sides = corners[:, 1:] - corners[:, :1]
    return np.asarray(np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1) / 2)


def has_area(corners: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Which of (T, 3, 3) triangles are not degenerate, (T,)."""
    return np.asarray(triangle_areas(corners) > NO_AREA)


def join(parts: Sequence[Mesh]) -> Mesh:
    """One mesh of many."""
    return Mesh(
        np.concatenate([part.corners for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.uv for part in parts]),
        np.concatenate([part.material for part in parts]),
        np.concatenate([part.object_id for part in parts]),
    )


def moved(mesh: Mesh, offset: ArrayLike, rotation: ArrayLike | None = None) -> Mesh:
    """Rotate about the origin by a (3, 3) matrix, then move by (3,) metres."""
    corners, normals = mesh.corners, mesh.normals
    if rotation is not None:
        turn = np.asarray(rotation, np.float32).T
        corners = (corners.reshape(-1, 3) @ turn).reshape(corners.shape)
        normals = (normals.reshape(-1, 3) @ turn).reshape(normals.shape)
    return replace(mesh, corners=corners + np.asarray(offset, np.float32), normals=normals)


def turn_z(angle: float) -> NDArray[np.float64]:
    """Rotate by an angle in radians about the vertical axis; (3, 3)."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def turn_x(angle: float) -> NDArray[np.float64]:
    """Rotate by an angle in radians about the x axis; (3, 3)."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def quad(origin: ArrayLike, side_u: ArrayLike, side_v: ArrayLike, material: int) -> Mesh:
    """Parallelogram from a corner along two sides (metres); normal along side_u x side_v."""
    o, u, v = (np.asarray(item, np.float64) for item in (origin, side_u, side_v))
    length_u, length_v = float(np.linalg.norm(u)), float(np.linalg.norm(v))
    corners = np.array([[o, o + u, o + u + v], [o, o + u + v, o + v]])
    uv = [
        [[0, 0], [length_u, 0], [length_u, length_v]],
        [[0, 0], [length_u, length_v], [0, length_v]],
    ]
    return from_triangles(corners, material, np.array(uv))


def box(low: ArrayLike, high: ArrayLike, material: int) -> Mesh:
    """Axis-aligned closed box between two corners, normals outwards."""
    start = np.asarray(low, np.float32)
    size = np.asarray(high, np.float32) - start
    return Mesh(
        start + _UNIT_BOX.corners * size,
        _UNIT_BOX.normals,
        size[_BOX_UV] * _UNIT_BOX.uv,
        np.full(12, material, np.int32),
        _UNIT_BOX.object_id,
    )


def _unit_box() -> Mesh:
    """Box from the origin to (1, 1, 1)."""
    return join(
        [
            quad((0, 0, 0), (1, 0, 0), (0, 0, 1), 0),
            quad((1, 1, 0), (-1, 0, 0), (0, 0, 1), 0),
            quad((1, 0, 0), (0, 1, 0), (0, 0, 1), 0),
            quad((0, 1, 0), (0, -1, 0), (0, 0, 1), 0),
            quad((0, 0, 1), (1, 0, 0), (0, 1, 0), 0),
            quad((0, 1, 0), (1, 0, 0), (0, -1, 0), 0),
        ]
    )


_UNIT_BOX = _unit_box()
# Which side of the box each texture axis of each of the twelve triangles runs along.
_BOX_UV = np.repeat(np.array([[0, 2], [0, 2], [1, 2], [1, 2], [0, 1], [0, 1]]), 2, axis=0)[
    :, None, :
].repeat(3, axis=1)


def grid_surface(points: ArrayLike, material: int) -> Mesh:
    """Smooth surface through a (R, C, 3) grid of points in metres; uv are arc lengths."""
    p = np.asarray(points, np.float64)
    step_r = np.linalg.norm(np.diff(p, axis=0, prepend=p[:1]), axis=2)
    step_c = np.linalg.norm(np.diff(p, axis=1, prepend=p[:, :1]), axis=2)
    uv = np.stack(
        [
            np.cumsum(step_c, 1).max(0)[None].repeat(len(p), 0),
            np.cumsum(step_r, 0).max(1)[:, None].repeat(p.shape[1], 1),
        ],
        axis=2,
    )
    n = np.cross(np.gradient(p, axis=1), np.gradient(p, axis=0))
    n /= np.linalg.norm(n, axis=2, keepdims=True) + 1e-30

    def corners(values: NDArray[np.float64]) -> NDArray[np.float64]:
        a, b, c, d = values[:-1, :-1], values[:-1, 1:], values[1:, 1:], values[1:, :-1]
        both = np.stack([np.stack([a, b, c], 2), np.stack([a, c, d], 2)], 2)
        return both.reshape(-1, 3, values.shape[2])

    triangles = corners(p).reshape(-1, 3, 3)
    keep = has_area(triangles)
    uv_at, n_at = corners(uv).reshape(-1, 3, 2), corners(n).reshape(-1, 3, 3)
    return from_triangles(triangles[keep], material, uv_at[keep], n_at[keep])


def revolved(radii: ArrayLike, heights: ArrayLike, material: int, sides: int = 20) -> Mesh:
    """Body of revolution about the z axis through profile points (radius, height) in metres."""
    r, z = np.asarray(radii, np.float64), np.asarray(heights, np.float64)
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    points = np.stack(
        [r[:, None] * np.cos(angle), r[:, None] * np.sin(angle), z[:, None].repeat(sides + 1, 1)],
        axis=2,
    )
    return grid_surface(points, material)
