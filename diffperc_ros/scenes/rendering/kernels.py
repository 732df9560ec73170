# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The loops over pixels: surface look-up, light samples, bounces, smoothing. Compiled by numba."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.scenes.materials import (
    DETAIL,
    DETAIL_SCALE,
    DETAIL_STRENGTH,
    EMISSION,
    OWN_UV,
    SCALE,
    SHININESS,
    SPECULAR,
    TEXTURE,
    TINT,
)
from diffperc_ros.scenes.rendering.bank import LEVELS
from diffperc_ros.scenes.rendering.compiled import compiled
from diffperc_ros.scenes.textures import SIZE

Array = NDArray[Any]
LIGHT_COLUMNS = 13  # centre, half side u, half side v, colour (three each), one-sided flag
NEAREST_LIGHT = 0.15  # square metres: no light counts as nearer than its root


@compiled
def sample(texels: Array, index: int, u: float, v: float, level: int, out: Array) -> None:
    """Bilinear look-up of one texture at one level; writes reflectance (3,) into out."""
    start = 0
    size = SIZE
    for _ in range(level):
        start += size * size
        size //= 2
    x = (u - np.floor(u)) * size - 0.5
    y = (v - np.floor(v)) * size - 0.5
    x0, y0 = int(np.floor(x)), int(np.floor(y))
    fx, fy = x - x0, y - y0
    xa, xb = x0 % size, (x0 + 1) % size
    ya, yb = y0 % size, (y0 + 1) % size
    for c in range(3):
        top = texels[index, start + ya * size + xa, c] * (1 - fx)
        top += texels[index, start + ya * size + xb, c] * fx
        low = texels[index, start + yb * size + xa, c] * (1 - fx)
        low += texels[index, start + yb * size + xb, c] * fx
        out[c] = (top * (1 - fy) + low * fy) / 255.0


@compiled
def level_of(texels_per_pixel: float) -> int:
    """Mip level whose texels are about as large as a pixel."""
    if texels_per_pixel <= 1.0:
        return 0
    return min(int(np.log2(texels_per_pixel) + 0.4), LEVELS - 1)


@compiled
def shade_points(
    triangle: Array,
    bary_u: Array,
    bary_v: Array,
    distance: Array,
    origins: Array,
    directions: Array,
    corners: Array,
    normals: Array,
    uv: Array,
    density: Array,
    material: Array,
    table: Array,
    texels: Array,
    pixel_angle: float,
    position: Array,
    normal: Array,
    albedo: Array,
    gloss: Array,
) -> None:
    """Fill position, facing normal, albedo (N, 3) and gloss (N, 3: specular, shininess, emission).

    density is uv units per metre of every triangle, pixel_angle the width of a pixel at 1 m.
    """
    texel = np.zeros(3)
    detail = np.zeros(3)
    for i in range(triangle.shape[0]):
        t = triangle[i]
        if t < 0:
            continue
        wu, wv = bary_u[i], bary_v[i]
        w = 1 - wu - wv
        for c in range(3):
            position[i, c] = origins[i, c] + distance[i] * directions[i, c]
            normal[i, c] = w * normals[t, 0, c] + wu * normals[t, 1, c] + wv * normals[t, 2, c]
        facing = 0.0
        length = 1e-12
        along = 1e-12
        for c in range(3):
            facing += normal[i, c] * directions[i, c]
            length += normal[i, c] ** 2
            along += directions[i, c] ** 2
        scale = (-1.0 if facing > 0 else 1.0) / np.sqrt(length)
        for c in range(3):
            normal[i, c] *= scale
        slant = max(abs(facing) / np.sqrt(length * along), 0.08)
        a = w * uv[t, 0, 0] + wu * uv[t, 1, 0] + wv * uv[t, 2, 0]
        b = w * uv[t, 0, 1] + wu * uv[t, 1, 1] + wv * uv[t, 2, 1]
        row = table[material[t]]
        pixel = distance[i] * pixel_angle / np.sqrt(slant)
        for c in range(3):
            albedo[i, c] = row[TINT + c]
        if row[TEXTURE] >= 0:
            level = level_of(pixel * density[t] * row[SCALE] * SIZE)
            sample(texels, int(row[TEXTURE]), a * row[SCALE], b * row[SCALE], level, texel)
            for c in range(3):
                albedo[i, c] *= texel[c]
        if row[OWN_UV] > 0:
            ax, ay = abs(normal[i, 0]), abs(normal[i, 1])
            flat = abs(normal[i, 2]) > max(ax, ay)
            a = position[i, 1] if not flat and ax > ay else position[i, 0]
            b = position[i, 1] if flat else position[i, 2]
        level = level_of(pixel * row[DETAIL_SCALE] * SIZE)
        sample(
            texels, int(row[DETAIL]), a * row[DETAIL_SCALE], b * row[DETAIL_SCALE], level, detail
        )
        strength = row[DETAIL_STRENGTH]
        grey = (detail[0] + detail[1] + detail[2]) / 3
        mean = 0.0
        last = texels.shape[1] - 1
        for c in range(3):
            mean += texels[int(row[DETAIL]), last, c] / 765.0
        factor = 1 + strength * (grey / max(mean, 0.05) - 1)
        for c in range(3):
            albedo[i, c] = min(max(albedo[i, c] * factor, 0.01), 0.95)
        gloss[i, 0] = row[SPECULAR]
        gloss[i, 1] = row[SHININESS]
        gloss[i, 2] = row[EMISSION]


@compiled
def light_at(
    light: Array, p: Array, n: Array, su: float, sv: float, to: Array, out: Array
) -> float:
    """Irradiance (3,) in out of one light seen at p with normal n; returns the distance.

    su and sv in [-1, 1] choose the point on the light; to receives the vector (3,) to it.
    """
    square = 0.0
    facing = 0.0
    for c in range(3):
        to[c] = light[c] + su * light[3 + c] + sv * light[6 + c] - p[c]
        square += to[c] ** 2
        facing += to[c] * n[c]
    distance: float = np.sqrt(square) + 1e-6
    cosine = max(facing / distance, 0.0)
    if light[12] > 0:
        nx = light[4] * light[8] - light[5] * light[7]
        ny = light[5] * light[6] - light[3] * light[8]
        nz = light[3] * light[7] - light[4] * light[6]
        norm = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
        cosine *= max(-(nx * to[0] + ny * to[1] + nz * to[2]) / (norm * distance), 0.0)
    strength = cosine / max(square, NEAREST_LIGHT)
    for c in range(3):
        out[c] = light[9 + c] * strength
    return distance


@compiled
def pick_lights(
    position: Array,
    normal: Array,
    lights: Array,
    random: Array,
    origins: Array,
    rays: Array,
    energy: Array,
) -> None:
    """Draw one light sample a point; fill the shadow ray (length: to the light) and its energy.

    random is (N, 3) uniform numbers; energy (N, 3) is already divided by the probability.
    """
    count = lights.shape[0]
    to = np.zeros(3)
    out = np.zeros(3)
    weight = np.zeros(count)
    for i in range(position.shape[0]):
        total = 1e-9
        for k in range(count):
            light_at(lights[k], position[i], normal[i], 0.0, 0.0, to, out)
            weight[k] = out[0] + out[1] + out[2] + 1e-4
            total += weight[k]
        pick = random[i, 0] * total
        chosen = 0
        while chosen < count - 1 and pick > weight[chosen]:
            pick -= weight[chosen]
            chosen += 1
        su, sv = 2 * random[i, 1] - 1, 2 * random[i, 2] - 1
        light_at(lights[chosen], position[i], normal[i], su, sv, to, out)
        for c in range(3):
            origins[i, c] = position[i, c] + 2e-3 * normal[i, c]
            rays[i, c] = to[c]
            energy[i, c] = min(out[c] * total / weight[chosen], 50.0)


@compiled
def bounce_rays(normal: Array, random: Array, rays: Array) -> None:
    """Cosine-weighted directions about the normals from (N, 2) uniform numbers."""
    for i in range(normal.shape[0]):
        z = 2 * random[i, 0] - 1
        angle = 2 * np.pi * random[i, 1]
        r = np.sqrt(max(1 - z * z, 0.0))
        rays[i, 0] = normal[i, 0] + 0.999 * r * np.cos(angle)
        rays[i, 1] = normal[i, 1] + 0.999 * r * np.sin(angle)
        rays[i, 2] = normal[i, 2] + 0.999 * z


@compiled
def bounce_light(
    triangle: Array,
    distance: Array,
    origins: Array,
    rays: Array,
    corners: Array,
    material: Array,
    mean_albedo: Array,
    lights: Array,
    ambient: Array,
    sky: Array,
    out: Array,
) -> None:
    """Light (N, 3) that comes back along bounce rays: one unshadowed bounce, or the sky."""
    point = np.zeros(3)
    face = np.zeros(3)
    to = np.zeros(3)
    energy = np.zeros(3)
    for i in range(triangle.shape[0]):
        t = triangle[i]
        if t < 0:
            for c in range(3):
                out[i, c] = sky[c]
            continue
        for c in range(3):
            point[c] = origins[i, c] + distance[i] * rays[i, c]
            d, e = (c + 1) % 3, (c + 2) % 3
            face[c] = (corners[t, 1, d] - corners[t, 0, d]) * (
                corners[t, 2, e] - corners[t, 0, e]
            ) - (corners[t, 1, e] - corners[t, 0, e]) * (corners[t, 2, d] - corners[t, 0, d])
        length = np.sqrt(face[0] ** 2 + face[1] ** 2 + face[2] ** 2) + 1e-20
        facing = face[0] * rays[i, 0] + face[1] * rays[i, 1] + face[2] * rays[i, 2]
        scale = (-1.0 if facing > 0 else 1.0) / length
        for c in range(3):
            face[c] *= scale
            out[i, c] = ambient[c]
        for k in range(lights.shape[0]):
            light_at(lights[k], point, face, 0.0, 0.0, to, energy)
            for c in range(3):
                out[i, c] += 0.6 * min(energy[c], 10.0)
        for c in range(3):
            out[i, c] *= mean_albedo[material[t], c]


@compiled
def smooth(
    values: Array, position: Array, normal: Array, valid: Array, step: int, out: Array
) -> None:
    """One edge-stopping pass of a 5 x 5 filter with holes of the given step over (H, W, C)."""
    h, w, channels = values.shape
    for y in range(h):
        for x in range(w):
            if not valid[y, x]:
                continue
            total = 0.0
            for c in range(channels):
                out[y, x, c] = 0.0
            for dy in range(-2, 3):
                for dx in range(-2, 3):
                    j, i = y + dy * step, x + dx * step
                    if j < 0 or i < 0 or j >= h or i >= w or not valid[j, i]:
                        continue
                    plane = 0.0
                    alike = 0.0
                    far = 0.0
                    for c in range(3):
                        d = position[j, i, c] - position[y, x, c]
                        plane += d * normal[y, x, c]
                        far += d * d
                        alike += normal[j, i, c] * normal[y, x, c]
                    weight = np.exp(-(plane * plane) / (0.002 + 0.05 * far)) * max(alike, 0.0) ** 8
                    weight *= np.exp(-0.3 * (dy * dy + dx * dx))
                    total += weight
                    for c in range(channels):
                        out[y, x, c] += weight * values[j, i, c]
            for c in range(channels):
                out[y, x, c] /= max(total, 1e-9)


@compiled
def enlarge(
    small: Array,
    small_position: Array,
    small_normal: Array,
    small_valid: Array,
    position: Array,
    normal: Array,
    valid: Array,
    out: Array,
) -> None:
    """Bring (H/2, W/2, C) light to (H, W, C), trusting samples of the same surface."""
    h, w, channels = out.shape
    sh, sw = small.shape[:2]
    for y in range(h):
        for x in range(w):
            if not valid[y, x]:
                continue
            total = 1e-9
            for c in range(channels):
                out[y, x, c] = 0.0
            for dy in range(2):
                for dx in range(2):
                    j, i = min(y // 2 + dy * (y % 2), sh - 1), min(x // 2 + dx * (x % 2), sw - 1)
                    if not small_valid[j, i]:
                        continue
                    plane = 0.0
                    alike = 0.0
                    far = 1e-9
                    for c in range(3):
                        d = small_position[j, i, c] - position[y, x, c]
                        plane += d * normal[y, x, c]
                        far += d * d
                        alike += small_normal[j, i, c] * normal[y, x, c]
                    weight = 1e-4 + max(alike, 0.0) ** 4 * np.exp(-40 * abs(plane)) / (
                        1 + 50 * far
                    )
                    total += weight
                    for c in range(channels):
                        out[y, x, c] += weight * small[j, i, c]
            for c in range(channels):
                out[y, x, c] /= total


@compiled
def highlights(
    position: Array,
    normal: Array,
    gloss: Array,
    eye: Array,
    lights: Array,
    visible: Array,
    out: Array,
) -> None:
    """Add mirror-like highlights of the lights (their centres) to (N, 3) colour in place."""
    to = np.zeros(3)
    energy = np.zeros(3)
    for i in range(position.shape[0]):
        if gloss[i, 0] <= 0:
            continue
        back = 1e-9
        for c in range(3):
            back += (eye[c] - position[i, c]) ** 2
        back = np.sqrt(back)
        for k in range(lights.shape[0]):
            distance = light_at(lights[k], position[i], normal[i], 0.0, 0.0, to, energy)
            dot = 0.0
            length = 1e-9
            for c in range(3):
                half = to[c] / distance + (eye[c] - position[i, c]) / back
                dot += half * normal[i, c]
                length += half * half
            lobe = max(dot / np.sqrt(length), 0.0) ** gloss[i, 1]
            lobe *= gloss[i, 0] * (gloss[i, 1] + 8) / 25 * visible[i]
            for c in range(3):
                out[i, c] += min(energy[c] * lobe, 20.0)
