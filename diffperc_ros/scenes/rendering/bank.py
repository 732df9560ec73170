# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""All textures of a process, in one array with their reduced copies, ready for the shader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from diffperc_ros.scenes.textures import FAMILIES, SIZE, draw

LEVELS = SIZE.bit_length()


@dataclass(frozen=True)
class TextureBank:
    """N textures of SIZE x SIZE, each followed by its halvings down to one texel.

    Attributes
    ----------
    texels
        (N, sum of level areas, 3) uint8, linear reflectance times 255.
    families
        Name of a family to the indices of its textures.
    """

    texels: NDArray[np.uint8]
    families: dict[str, NDArray[np.int64]]


def pyramid(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Flatten a (SIZE, SIZE, 3) picture and its area-averaged halvings into one (K, 3) row."""
    rows = [picture.reshape(-1, 3)]
    level = picture
    while level.shape[0] > 1:
        side = level.shape[0] // 2
        level = np.asarray(cv2.resize(level, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
        rows.append(level.reshape(-1, 3))
    return np.concatenate(rows)


def build(seed: int, per_family: int, pictures: Sequence[NDArray[np.uint8]]) -> TextureBank:
    """Draw per_family textures of every family; append the given (SIZE, SIZE, 3) pictures."""
    rows: list[NDArray[np.uint8]] = []
    families: dict[str, NDArray[np.int64]] = {}
    for family_number, family in enumerate(FAMILIES):
        families[family] = np.arange(len(rows), len(rows) + per_family)
        rng = np.random.default_rng([seed, family_number])
        rows += [pyramid(draw(rng, family)) for _ in range(per_family)]
    families['pictures'] = np.arange(len(rows), len(rows) + len(pictures))
    rows += [pyramid(picture) for picture in pictures]
    return TextureBank(np.stack(rows), families)
