# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What surfaces look like: a table of numbers for the shader and the choice of looks by role."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.scenes.rendering.bank import TextureBank
from diffperc_ros.scenes.textures import Random, colour

# Columns of the material table.
TINT = 0  # three columns: reflectance that multiplies the texture
TEXTURE, SCALE = 3, 4  # texture index (-1: none), repeats per unit of uv
DETAIL, DETAIL_SCALE, DETAIL_STRENGTH = 5, 6, 7
SPECULAR, SHININESS = 8, 9
EMISSION = 10
OWN_UV = 11  # 1: uv are those of a model's picture, the detail texture is then laid in metres
COLUMNS = 12

# Which texture families suit a role, and the size in metres that one texture covers.
ROLES: dict[str, tuple[tuple[str, ...], float, float]] = {
    'wall': (('plaster', 'plaster', 'blobs', 'tiles', 'weave', 'wood', 'speckle'), 0.3, 2.0),
    'ceiling': (('plaster', 'plaster', 'plaster', 'speckle', 'wood', 'tiles'), 0.6, 2.5),
    'floor': (('wood', 'wood', 'carpet', 'speckle', 'tiles', 'blobs', 'weave'), 0.2, 1.6),
    'wood': (('wood', 'wood', 'wood', 'plaster', 'speckle'), 0.2, 1.2),
    'cloth': (('weave', 'weave', 'blobs', 'carpet', 'speckle'), 0.1, 0.9),
    'print': (('printed', 'printed', 'blobs', 'landscape', 'pictures'), 0.08, 0.6),
    'picture': (('landscape', 'printed', 'blobs', 'pictures'), 0.3, 1.0),
    'thing': (('plaster', 'speckle', 'printed', 'weave', 'wood', 'blobs', 'pictures'), 0.08, 0.8),
}

# How often a surface of a role has a texture at all instead of one colour.
PATTERNED = {role: 0.7 if role in ('wall', 'ceiling') else 0.93 for role in ROLES}


class MaterialTable:
    """The materials of one scene, filled while the scene is made."""

    def __init__(self, rng: Random, bank: TextureBank) -> None:
        self._rng = rng
        self._bank = bank
        self._rows: list[NDArray[np.float32]] = []
        # Some places are plain and clean, some are worn and busy all over.
        self._wear = rng.uniform(0.15, 1.2)

    def add(self, row: NDArray[np.float32]) -> int:
        """Append a row; its index is the material's number."""
        self._rows.append(row)
        return len(self._rows) - 1

    def of_role(self, role: str, tile: float | None = None) -> int:
        """Draw a look for a role of ROLES; tile fixes the metres that one texture covers."""
        rng = self._rng
        families, small, large = ROLES[role]
        usable = [name for name in families if len(self._bank.families[name])]
        row = self._plain()
        if rng.random() < PATTERNED[role]:
            family = str(rng.choice(usable))
            row[TEXTURE] = rng.choice(self._bank.families[family])
            row[SCALE] = 1 / (tile or np.exp(rng.uniform(np.log(small), np.log(large))))
            row[TINT : TINT + 3] = rng.uniform(0.75, 1.25) * rng.uniform(0.85, 1.15, 3)
        else:
            row[TINT : TINT + 3] = colour(rng)
        return self.add(row)

    def of_model(self, diffuse: NDArray[np.float64], texture: int) -> int:
        """Look of a catalogue model's part: its own picture, or its colour made less plain."""
        rng = self._rng
        row = self._plain()
        row[TINT : TINT + 3] = np.clip(diffuse, 0.04, 0.92)
        if texture >= 0:
            row[TINT : TINT + 3] = rng.uniform(0.7, 1.2) * rng.uniform(0.85, 1.15, 3)
            row[TEXTURE], row[SCALE], row[OWN_UV] = texture, 1.0, 1.0
        elif rng.random() < 0.6:
            family = str(rng.choice(['weave', 'wood', 'plaster', 'speckle', 'carpet', 'blobs']))
            row[TEXTURE] = rng.choice(self._bank.families[family])
            row[SCALE] = 1 / rng.uniform(0.1, 0.8)
            row[TINT : TINT + 3] = 0.5 * row[TINT : TINT + 3] + 0.7 * rng.uniform(0.5, 1.2)
        return self.add(row)

    def of_colour(self, reflectance: NDArray[np.float64]) -> int:
        """Look of a coat of paint: one colour, (3,), with little wear."""
        row = self._plain()
        row[TINT : TINT + 3] = reflectance
        row[DETAIL_STRENGTH] *= 0.3
        return self.add(row)

    def emitter(self, radiance: float) -> int:
        """Draw a white surface that glows."""
        row = self._plain()
        row[TINT : TINT + 3] = 0.9
        row[EMISSION] = radiance
        return self.add(row)

    def table(self) -> NDArray[np.float32]:
        """All materials, (M, COLUMNS) float32."""
        return np.stack(self._rows)

    def _plain(self) -> NDArray[np.float32]:
        rng = self._rng
        row = np.zeros(COLUMNS, np.float32)
        row[TINT : TINT + 3] = 0.7
        row[TEXTURE] = -1
        grainy = str(rng.choice(['plaster', 'speckle', 'carpet', 'weave', 'blobs', 'wood']))
        row[DETAIL] = rng.choice(self._bank.families[grainy])
        row[DETAIL_SCALE] = 1 / np.exp(rng.uniform(np.log(0.1), np.log(1.5)))
        row[DETAIL_STRENGTH] = min(self._wear * rng.uniform(0.1, 1.0), 1.0)
        if rng.random() < 0.4:
            row[SPECULAR] = rng.uniform(0.03, 0.5)
        row[SHININESS] = np.exp(rng.uniform(np.log(8), np.log(200)))
        return row
