# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Colour words: when a reflectance clearly is a colour, and paint of a wanted one.

Lightness, chroma and hue are those of Oklab (Björn Ottosson, "A perceptual color space for image
processing", 2020), in which equal hue angles look alike from dark to light. What lies between two
words has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from diffperc_ros.scenes.textures import Random

COLOURS = (
    'red',
    'orange',
    'yellow',
    'green',
    'blue',
    'purple',
    'pink',
    'brown',
    'black',
    'white',
    'grey',
)

TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@dataclass(frozen=True)
class Range:
    """Lightness, chroma and hue (degrees, from low upwards to high, may pass 360) of a word."""

    lightness: tuple[float, float]
    chroma: tuple[float, float]
    hue: tuple[float, float] = (0, 360)


RANGES: dict[str, Range] = {
    'red': Range((0.30, 0.66), (0.12, 0.4), (12, 37)),
    'orange': Range((0.60, 0.85), (0.11, 0.4), (47, 70)),
    'yellow': Range((0.74, 1.0), (0.11, 0.4), (88, 112)),
    'green': Range((0.30, 0.9), (0.07, 0.4), (125, 170)),
    'blue': Range((0.24, 0.8), (0.07, 0.4), (225, 280)),
    'purple': Range((0.24, 0.7), (0.07, 0.4), (292, 328)),
    'pink': Range((0.69, 0.95), (0.06, 0.4), (337, 378)),
    'brown': Range((0.25, 0.52), (0.04, 0.14), (42, 80)),
    'black': Range((0.0, 0.36), (0, 0.025)),
    'white': Range((0.89, 1.1), (0, 0.02)),
    'grey': Range((0.46, 0.79), (0, 0.02)),
}
LIGHT_SHIFTS = Range((-0.2, 0.15), (0.5, 1.5), (-15, 15))
UNCLEAR = -1


def lightness_chroma_hue(linear: ArrayLike) -> NDArray[np.float64]:
    """Oklab of linear RGB (..., 3) in [0, 1]: lightness, chroma, hue in degrees [0, 360)."""
    cones = np.cbrt(np.asarray(linear, np.float64) @ TO_CONES.T)
    lightness, a, b = np.moveaxis(cones @ TO_LAB.T, -1, 0)
    return np.stack([lightness, np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360], -1)


def word_of(linear: ArrayLike) -> NDArray[np.int64]:
    """Index in COLOURS of linear RGB (..., 3), UNCLEAR between the words."""
    lightness, chroma, hue = np.moveaxis(lightness_chroma_hue(linear), -1, 0)
    found = np.full(lightness.shape, UNCLEAR, np.int64)
    for number, word in enumerate(COLOURS):
        span = RANGES[word]
        inside = (lightness >= span.lightness[0]) & (lightness <= span.lightness[1])
        inside &= (chroma >= span.chroma[0]) & (chroma <= span.chroma[1])
        inside &= (hue - span.hue[0]) % 360 <= span.hue[1] - span.hue[0]
        found[inside] = number
    return found


def looks_like(word: str, linear: ArrayLike) -> bool:
    """Whether a colour (3,), linear RGB, passes for a word in a picture.

    Light, exposure and white balance may have shifted it, by LIGHT_SHIFTS at most: added to the
    lightness and hue of the word's range, a factor on its chroma, and a little chroma for all.
    What clearly is another word then never passes: orange in the dark is brown.
    """
    if int(word_of(linear)) not in (UNCLEAR, COLOURS.index(word)):
        return False
    lightness, chroma, hue = lightness_chroma_hue(linear)
    span, shift = RANGES[word], LIGHT_SHIFTS
    if not shift.lightness[0] <= lightness - span.lightness[0]:
        return False
    if not lightness - span.lightness[1] <= shift.lightness[1]:
        return False
    if not span.chroma[0] * shift.chroma[0] <= chroma <= span.chroma[1] * shift.chroma[1] + 0.02:
        return False
    width = span.hue[1] - span.hue[0] + shift.hue[1] - shift.hue[0]
    return bool((hue - span.hue[0] - shift.hue[0]) % 360 <= width)


def paint(rng: Random, word: str) -> NDArray[np.float64]:
    """Draw a reflectance, (3,) linear RGB, that clearly is a colour of COLOURS."""
    span, number = RANGES[word], COLOURS.index(word)
    while True:
        lightness = rng.uniform(*span.lightness)
        chroma, hue = rng.uniform(*span.chroma), np.radians(rng.uniform(*span.hue))
        lab = np.array([lightness, chroma * np.cos(hue), chroma * np.sin(hue)])
        linear = np.linalg.solve(TO_CONES, np.linalg.solve(TO_LAB, lab) ** 3)
        if linear.min() >= 0.01 and linear.max() <= 0.95 and word_of(linear) == number:
            return np.asarray(linear)
