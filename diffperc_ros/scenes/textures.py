# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Procedural surface pictures: wood, bricks, cloth, plaster, print and noise at many scales."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = 256
Picture = NDArray[np.float32]
Random = np.random.Generator


def noise(rng: Random, slope: float, stretch: float = 1.0) -> Picture:
    """Tiling noise in [0, 1] whose amplitude falls as frequency**-slope; (SIZE, SIZE) float32.

    stretch > 1 draws the grain out along the columns (the second axis).
    """
    fy = np.fft.fftfreq(SIZE)[:, None] * SIZE
    fx = np.fft.rfftfreq(SIZE)[None] * SIZE * stretch
    radius = np.sqrt(fy**2 + fx**2)
    radius[0, 0] = 1.0
    phase = rng.uniform(0, 2 * np.pi, radius.shape)
    spectrum = radius**-slope * np.exp(1j * phase)
    spectrum[0, 0] = 0.0
    field = np.fft.irfft2(spectrum, (SIZE, SIZE))
    return np.asarray(np.clip(0.5 + field / (4.5 * field.std()), 0, 1), np.float32)


def colour(rng: Random, vivid: float = 0.35, low: float = 0.04, high: float = 0.92) -> Picture:
    """Draw a reflectance, (3,) float32; vivid in [0, 1] is how far from grey it may be."""
    value = low + (high - low) * rng.random() ** 1.3
    hue = rng.uniform(-1, 1, 3) * (0.5 if rng.random() < 0.6 else 2.0)
    return np.asarray(np.clip(value * (1 + vivid * hue), 0.02, 0.95), np.float32)


def blend(a: Picture, b: Picture, weight: Picture) -> Picture:
    """Mix two colours, (3,), by a (SIZE, SIZE) weight into (SIZE, SIZE, 3)."""
    return np.asarray(a + (b - a) * weight[..., None], np.float32)


def plaster(rng: Random) -> Picture:
    """Paint or plaster: one colour, faint clouds, roughness."""
    base = colour(rng, 0.2, 0.4, 0.95)
    clouds = noise(rng, rng.uniform(0.8, 1.8)) - 0.5
    grain = noise(rng, rng.uniform(0.0, 0.7)) - 0.5
    strength = rng.uniform(0.1, 0.9, 2)
    return np.asarray(base * (1 + strength[0] * clouds + strength[1] * grain)[..., None])


def speckle(rng: Random) -> Picture:
    """Carpet, terrazzo or granite: two or three colours decided by thresholded fine noise."""
    field = noise(rng, rng.uniform(0.0, 1.2))
    edge = rng.uniform(0.3, 0.7)
    picture = blend(colour(rng), colour(rng), (field > edge).astype(np.float32))
    chips = noise(rng, rng.uniform(0.0, 0.8)) > rng.uniform(0.65, 0.85)
    picture[chips] = colour(rng)
    return picture * (0.8 + 0.4 * noise(rng, 0.2)[..., None])


def carpet(rng: Random) -> Picture:
    """Dense pile: a colour under strong fine noise."""
    return colour(rng, 0.4) * (0.45 + 1.1 * noise(rng, rng.uniform(0, 0.6))[..., None])


def wood(rng: Random) -> Picture:
    """Boards with grain along the columns and dark joints."""
    light = np.array([0.75, 0.55, 0.36], np.float32) * rng.uniform(0.4, 1.2)
    light = light * (1 + rng.uniform(-0.15, 0.15, 3).astype(np.float32))
    grain = noise(rng, rng.uniform(0.6, 1.2), rng.uniform(8, 25))
    rings = 0.5 + 0.5 * np.sin(noise(rng, 1.5, rng.uniform(4, 10)) * rng.uniform(20, 70))
    shade = 0.4 + 0.9 * grain + rng.uniform(0, 0.35) * (rings - 0.5)
    boards = int(rng.choice([1, 2, 3, 4, 6, 8]))
    rows = np.arange(SIZE) * boards // SIZE
    shade = shade * rng.uniform(0.75, 1.15, boards)[rows][:, None]
    if boards > 1:
        shade[(np.arange(SIZE) * boards % SIZE) < boards] *= 0.45
        for board in range(boards):
            shade[rows == board, int(rng.integers(SIZE))] *= 0.45
    return np.asarray(light * shade[..., None], np.float32)


def tiles(rng: Random) -> Picture:
    """Tiles or bricks with joints; every piece its own shade."""
    across = int(rng.choice([1, 2, 3, 4, 8]))
    down = across * int(rng.choice([1, 1, 2, 3]))
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32) / SIZE
    row = np.floor(y * down)
    shift = rng.choice([0.0, 0.5]) * (row % 2)
    column = np.floor(x * across + shift) % across
    shade = rng.uniform(1 - rng.uniform(0, 0.5), 1, (down, across)).astype(np.float32)
    picture = colour(rng, 0.35, 0.25, 0.95) * shade[row.astype(int), column.astype(int)][..., None]
    picture = picture * (0.65 + 0.7 * noise(rng, rng.uniform(0.0, 1.2)))[..., None]
    joint = rng.uniform(0.01, 0.06)
    edge = (((x * across + shift) % 1) < joint) | (((y * down) % 1) < joint * down / across)
    picture[edge] = colour(rng, 0.1, 0.2, 0.9)
    return np.asarray(picture, np.float32)


def weave(rng: Random) -> Picture:
    """Cloth: crossing threads, with stripes or checks in some."""
    threads = float(rng.choice([16, 32, 48, 64]))
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32) / SIZE * 2 * np.pi
    twill = float(rng.choice([0.0, 1.0]))
    cloth = 0.5 + 0.25 * np.sin(threads * (x + twill * y)) + 0.25 * np.sin(threads * y)
    base = colour(rng, 0.5)[None, None].repeat(SIZE, 0).repeat(SIZE, 1)
    for axis in (x, y):
        if rng.random() < 0.5:
            wave = np.sin(axis * float(rng.integers(1, 14)) + rng.uniform(0, 6))
            band = 1 / (1 + np.exp(-12 * (wave - rng.uniform(-0.8, 0.8))))
            base = base + (colour(rng, 0.6) - base) * band[..., None] * rng.uniform(0.4, 1)
    shade = (0.5 + 0.8 * cloth) * (0.65 + 0.7 * noise(rng, 0.3))
    return np.asarray(base * shade[..., None], np.float32)


def blobs(rng: Random) -> Picture:
    """Draw a printed pattern: soft shapes of several colours, as on curtains and rugs."""
    picture = colour(rng, 0.4)[None, None].repeat(SIZE, 0).repeat(SIZE, 1)
    for _ in range(int(rng.integers(1, 5))):
        mask = noise(rng, rng.uniform(1.2, 2.2)) > rng.uniform(0.5, 0.7)
        picture[mask] = colour(rng, 0.6)
    repeats = int(rng.choice([1, 2, 4]))
    tile = cv2.resize(picture, (SIZE // repeats, SIZE // repeats), interpolation=cv2.INTER_AREA)
    return np.tile(tile, (repeats, repeats, 1)) * (0.65 + 0.7 * noise(rng, 0.3)[..., None])


def scribble(rng: Random, picture: Picture, region: tuple[int, int, int, int], line: int) -> None:
    """Fill the region (top, left, bottom, right) with rows of word-like dashes, in place."""
    top, left, bottom, right = region
    ink = colour(rng, 0.3, 0.03, 0.4)
    for y in range(top + line, bottom - line, int(line * 1.8) + 1):
        x = left + line
        while x < right - 2 * line:
            word = int(rng.integers(2, 9)) * line // 2 + 1
            for dash in range(x, min(x + word, right - line), max(line // 2, 2)):
                height = int(rng.integers(max(line // 2, 1), line + 1))
                width = max(line // 4, 1)
                picture[y : y + height, dash : dash + width] = ink
            x += word + line
        if rng.random() < 0.15:
            ink = colour(rng, 0.5, 0.03, 0.6)


def printed(rng: Random) -> Picture:
    """Draw a page, a cover or a package: blocks of colour, pictures, rows of word-like marks."""
    paper = colour(rng, rng.choice([0.05, 0.6]), 0.3, 0.98)
    picture = paper[None, None].repeat(SIZE, 0).repeat(SIZE, 1)
    for _ in range(int(rng.integers(0, 7))):
        y, x = rng.integers(0, SIZE - 20, 2)
        h, w = rng.integers(15, 150, 2)
        fill = blend(colour(rng, 0.7), colour(rng, 0.7), noise(rng, rng.uniform(0.6, 2)))
        if rng.random() < 0.5:
            picture[y : y + h, x : x + w] = fill[y : y + h, x : x + w]
        else:
            mask = np.zeros((SIZE, SIZE), np.uint8)
            cv2.ellipse(mask, (int(x), int(y)), (int(w // 2), int(h // 2)), 0, 0, 360, 1, -1)
            picture[mask > 0] = fill[mask > 0]
    for _ in range(int(rng.integers(1, 5))):
        y, x = (int(v) for v in rng.integers(0, SIZE - 60, 2))
        h, w = (int(v) for v in rng.integers(40, 256, 2))
        region = (y, x, min(y + h, SIZE), min(x + w, SIZE))
        scribble(rng, picture, region, int(rng.choice([4, 6, 8, 12, 24])))
    return picture


def landscape(rng: Random) -> Picture:
    """Draw a picture for a frame, or the world outside: bands of cloudy colour with soft forms."""
    field = noise(rng, rng.uniform(1.0, 2.0))
    height = np.linspace(0, 1, SIZE, dtype=np.float32)[:, None]
    picture = blend(colour(rng, 0.5), colour(rng, 0.5), field)
    for level in np.sort(rng.uniform(0.2, 0.9, int(rng.integers(1, 5)))):
        mask = height > level + 0.35 * (noise(rng, 1.6)[:1] - 0.5)
        layer = blend(colour(rng, 0.5), colour(rng, 0.5), noise(rng, rng.uniform(0.3, 1.5)))
        picture = np.where(mask[..., None], layer, picture)
    return np.asarray(picture, np.float32)


FAMILIES: dict[str, Callable[[Random], Picture]] = {
    'plaster': plaster,
    'speckle': speckle,
    'carpet': carpet,
    'wood': wood,
    'tiles': tiles,
    'weave': weave,
    'blobs': blobs,
    'printed': printed,
    'landscape': landscape,
}


def draw(rng: Random, family: str) -> NDArray[np.uint8]:
    """One texture of a family, (SIZE, SIZE, 3) uint8, linear reflectance times 255."""
    return np.asarray(np.clip(FAMILIES[family](rng) * 255, 0, 255), np.uint8)
