# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a scene and a view to a picture: colour as a camera would store it, and planar depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.scenes.rendering import kernels
from diffperc_ros.scenes.rendering.bank import TextureBank
from diffperc_ros.scenes.rendering.camera import View, pixel_rays
from diffperc_ros.scenes.rendering.raycast import Hit, RayCaster
from diffperc_ros.scenes.shapes.mesh import Floats, Mesh
from diffperc_ros.scenes.textures import Random

BRIGHTEST = 4.0  # linear units above which a camera's curve is white whatever the exposure


@dataclass(frozen=True)
class Scene:
    """Everything that a picture depends on but the view.

    Attributes
    ----------
    mesh
        All triangles, object_id filled.
    table
        (M, materials.COLUMNS) float32, see materials.
    lights
        (L, kernels.LIGHT_COLUMNS) float64 area lights.
    ambient, sky
        (3,) float64: light that never ends inside, radiance of what lies outside.
    outside
        Index of the texture that is seen through openings.
    panes
        Glass: rays pass, but who leaves through it has seen the object of its object_id.
    """

    mesh: Mesh
    table: NDArray[np.float32]
    lights: NDArray[np.float64]
    ambient: NDArray[np.float64]
    sky: NDArray[np.float64]
    outside: int
    panes: Mesh | None = None


@dataclass(frozen=True)
class Rendering:
    """What a view shows, all from the same rays.

    Attributes
    ----------
    colour
        (H, W, 3) uint8 RGB.
    depth
        (H, W) float32 metres along the optical axis, 0 = none.
    objects
        (H, W) int32 object id, -1 = none. What is seen through glass has the id of the window.
    albedo
        (H, W, 3) float64 reflectance in [0, 1], linear RGB; 0 where there is no depth.
    """

    colour: NDArray[np.uint8]
    depth: NDArray[np.float32]
    objects: NDArray[np.int32]
    albedo: NDArray[np.float64]


class Renderer:
    """Ray caster and prepared tables of one scene."""

    def __init__(self, scene: Scene, bank: TextureBank) -> None:
        self.scene = scene
        self.caster = RayCaster(scene.mesh)
        self._panes = None if scene.panes is None else RayCaster(scene.panes)
        self._bank = bank
        self._density = uv_density(scene.mesh)
        textures = scene.table[:, 3].astype(int)
        means = bank.texels[np.maximum(textures, 0), -1] / 255.0
        means[textures < 0] = 1.0
        self._mean_albedo = scene.table[:, :3] * means

    def preview(
        self, view: View, height: int, width: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Planar depth (metres, 0 = none) and object id (-1 = none), (height, width) each."""
        origins, rays = pixel_rays(view, height, width)
        hit = self.caster.first_hit(origins, rays)
        shape = (height, width)
        return finite(hit.distance).reshape(shape), self._seen(hit, origins, rays).reshape(shape)

    def render(self, view: View, height: int, width: int, rng: Random) -> Rendering:
        """Render a view; height and width even."""
        origins, rays = pixel_rays(view, height, width)
        hit = self.caster.first_hit(origins, rays)
        mesh, count = self.scene.mesh, height * width
        position, normal, albedo, gloss = np.zeros((4, count, 3))
        kernels.shade_points(
            hit.triangle,
            hit.u,
            hit.v,
            hit.distance,
            origins,
            rays,
            mesh.corners,
            mesh.normals,
            mesh.uv,
            self._density,
            mesh.material,
            self.scene.table,
            self._bank.texels,
            1 / (view.focal * width),
            position,
            normal,
            albedo,
            gloss,
        )
        valid = hit.triangle >= 0
        shape = (height, width)
        light = self._light(
            position.reshape(*shape, 3), normal.reshape(*shape, 3), valid.reshape(shape), rng
        ).reshape(count, 4)
        linear = albedo * light[:, :3] + albedo * gloss[:, 2:]
        kernels.highlights(
            position,
            normal,
            gloss,
            view.position,
            self.scene.lights,
            np.clip(light[:, 3], 0, 1),
            linear,
        )
        linear[~valid] = self._outside(rays[~valid])
        colour = develop(linear.reshape(*shape, 3), rng)
        return Rendering(
            colour,
            finite(hit.distance).reshape(shape),
            self._seen(hit, origins, rays).reshape(shape),
            albedo.reshape(*shape, 3),
        )

    def _seen(
        self, hit: Hit, origins: NDArray[np.float32], rays: NDArray[np.float32]
    ) -> NDArray[np.int32]:
        """Object ids (N,) of hits, of the panes for rays that left the scene, else -1."""
        seen = np.where(hit.triangle < 0, -1, self.scene.mesh.object_id[hit.triangle])
        left = np.flatnonzero(hit.triangle < 0)
        if self.scene.panes is not None and self._panes is not None and len(left):
            pane = self._panes.first_hit(origins[left], rays[left]).triangle
            seen[left] = np.where(pane < 0, -1, self.scene.panes.object_id[pane])
        return seen.astype(np.int32)

    def _light(
        self,
        position: NDArray[np.float64],
        normal: NDArray[np.float64],
        valid: NDArray[np.bool_],
        rng: Random,
    ) -> NDArray[np.float64]:
        """Light (H, W, 4) on every pixel: three colours and the visible share of direct light."""
        p, n = (np.ascontiguousarray(item[::2, ::2]) for item in (position, normal))
        seen = np.ascontiguousarray(valid[::2, ::2])
        count = seen.size
        flat_p, flat_n = p.reshape(-1, 3), n.reshape(-1, 3)
        total = np.zeros((count, 4))
        samples = 2
        for _ in range(samples):
            starts, rays = np.zeros((2, count, 3), np.float32)
            energy = np.zeros((count, 3))
            kernels.pick_lights(
                flat_p, flat_n, self.scene.lights, rng.random((count, 3)), starts, rays, energy
            )
            free = ~self.caster.blocked(starts, rays, np.full(count, 0.995, np.float32))
            total[:, :3] += energy * free[:, None] / samples
            total[:, 3] += free / samples
        rays = np.zeros((count, 3), np.float32)
        kernels.bounce_rays(flat_n, rng.random((count, 2)), rays)
        starts = np.asarray(flat_p + 2e-3 * flat_n, np.float32)
        hit = self.caster.first_hit(starts, rays)
        bounced = np.zeros((count, 3))
        kernels.bounce_light(
            hit.triangle,
            hit.distance,
            starts,
            rays,
            self.scene.mesh.corners,
            self.scene.mesh.material,
            self._mean_albedo,
            self.scene.lights,
            self.scene.ambient,
            self.scene.sky,
            bounced,
        )
        total[:, :3] += bounced
        small = total.reshape(*seen.shape, 4)
        for step in (1, 3):
            filtered = np.zeros_like(small)
            kernels.smooth(small, p, n, seen, step, filtered)
            small = filtered
        full = np.zeros((*valid.shape, 4))
        kernels.enlarge(small, p, n, seen, position, normal, valid, full)
        return full

    def _outside(self, rays: NDArray[np.float32]) -> NDArray[np.float64]:
        """Radiance (N, 3) of the world beyond the openings along (N, 3) rays."""
        azimuth = np.arctan2(rays[:, 1], rays[:, 0]) / np.pi
        height = np.clip(0.5 - 0.5 * rays[:, 2] / np.linalg.norm(rays, axis=1), 0, 0.999)
        column = ((azimuth % 1) * 256).astype(int) % 256
        texel = self._bank.texels[self.scene.outside, (height * 256).astype(int) * 256 + column]
        return np.asarray(self.scene.sky * (0.3 + texel / 255.0))


def finite(distance: Floats) -> NDArray[np.float32]:
    """Replace the infinity of a miss by 0, the sign for no depth."""
    return np.where(np.isfinite(distance), distance, np.float32(0)).astype(np.float32)


def uv_density(mesh: Mesh) -> NDArray[np.float32]:
    """Texture units per metre of every triangle, (T,) float32."""
    a, b = mesh.corners[:, 1] - mesh.corners[:, 0], mesh.corners[:, 2] - mesh.corners[:, 0]
    area = np.linalg.norm(np.cross(a, b), axis=1)
    c, d = mesh.uv[:, 1] - mesh.uv[:, 0], mesh.uv[:, 2] - mesh.uv[:, 0]
    uv_area = np.abs(c[:, 0] * d[:, 1] - c[:, 1] * d[:, 0])
    return np.asarray(np.sqrt(np.clip(uv_area / (area + 1e-12), 1e-6, 1e6)), np.float32)


def develop(linear: NDArray[np.float64], rng: Random) -> NDArray[np.uint8]:
    """Expose, balance, darken the corners and apply a camera's curve; (H, W, 3) uint8."""
    height, width = linear.shape[:2]
    brightness = np.exp(np.log(linear.mean(2) + 1e-3).mean())
    kind = rng.random()
    key = 0.06 if kind < 0.1 else 0.5 if kind < 0.2 else 0.2
    exposed = linear * (key * np.exp(rng.normal(0, 0.3)) / brightness)
    grey = exposed.reshape(-1, 3).mean(0)
    correction = (grey.mean() / (grey + 1e-6)) ** rng.uniform(0.2, 0.9)
    exposed = exposed * correction * np.exp(rng.normal(0, 0.05, 3))
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    exposed = exposed * (1 - rng.uniform(0, 0.2) * (x * x + y * y) / 2)[..., None]
    shoulder = rng.uniform(0, 0.5)
    curve = exposed * (1 + exposed / BRIGHTEST**2) / (1 + shoulder * exposed)
    encoded = np.clip(curve, 0, 1) ** (1 / rng.uniform(1.9, 2.4))
    contrast = rng.uniform(0.0, 0.8)
    encoded += contrast * (encoded * encoded * (3 - 2 * encoded) - encoded)
    return np.asarray(np.clip(encoded * 255 + 0.5, 0, 255), np.uint8)
