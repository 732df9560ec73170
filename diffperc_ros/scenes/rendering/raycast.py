# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Rays into a scene: which triangle, where on it and how far. embree does the search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from diffperc_ros.scenes.shapes.mesh import Floats, Ints, Mesh


@dataclass(frozen=True)
class Hit:
    """First hits of N rays.

    Attributes
    ----------
    triangle
        (N,) int32, index of the triangle, -1 where nothing was hit. `Mesh.object_id` and
        `Mesh.material` at this index say what was hit.
    u, v
        (N,) float32, barycentric weights of the triangle's second and third corner.
    distance
        (N,) float32, along the ray in units of the direction's length; inf where nothing was hit.
    """

    triangle: Ints
    u: Floats
    v: Floats
    distance: Floats


class RayCaster:
    """Search structure over a mesh; lives as long as the scene is looked at."""

    def __init__(self, mesh: Mesh) -> None:
        self._scene = EmbreeScene()
        self._mesh = TriangleMesh(self._scene, np.ascontiguousarray(mesh.corners, np.float32))

    def first_hit(self, origins: NDArray[np.float32], directions: NDArray[np.float32]) -> Hit:
        """Cast rays given by (N, 3) float32 origins (metres) and directions (any length)."""
        found = self._scene.run(origins, directions, query='INTERSECT', output=1)
        triangle = np.asarray(found['primID'], np.int32)
        missed = triangle < 0
        distance = np.where(missed, np.float32(np.inf), found['tfar'])
        return Hit(triangle, found['u'], found['v'], np.asarray(distance, np.float32))

    def blocked(
        self, origins: NDArray[np.float32], directions: NDArray[np.float32], reach: Floats
    ) -> NDArray[np.bool_]:
        """Whether anything lies between the origins and reach (N,) times the directions."""
        found = self._scene.run(origins, directions, dists=reach, query='OCCLUDED')
        return np.asarray(found >= 0)
