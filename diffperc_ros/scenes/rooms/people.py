# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""People of the catalogue: standing or sitting on the floor, on chairs, lying on beds."""

from __future__ import annotations

import numpy as np

from diffperc_ros.scenes.assets import Model
from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.rooms.dressing import as_part
from diffperc_ros.scenes.shapes.mesh import turn_z
from diffperc_ros.scenes.shapes.part import Part, carried, on
from diffperc_ros.scenes.shapes.pieces import plain_bed, plain_chair
from diffperc_ros.scenes.textures import Random

UPRIGHT_ON_CHAIR = 1.0  # metres: who sits and is taller than this sits on a chair
CHAIR_WIDTH = 0.46


def person(rng: Random, looks: MaterialTable, model: Model, first_picture: int) -> list[Part]:
    """One person, with the chair or bed that the posture asks for; stands on z = 0."""
    body = as_part(model, looks, first_picture)
    posture = model.entry.name.lower()
    if 'sitting' in posture and model.entry.size[2] > UPRIGHT_ON_CHAIR:
        return _on_chair(rng, looks, body)
    if 'lying' in posture and rng.random() < 0.6:
        height = rng.uniform(0.3, 0.6)
        turn = turn_z(np.pi * int(rng.integers(2)))
        return on([plain_bed(rng, looks, height)], 0, carried([body], (0, 0, height), turn))
    return [body]


def _on_chair(rng: Random, looks: MaterialTable, body: Part) -> list[Part]:
    """Put a chair below the hips, its back behind the back, which look to +y."""
    points = body.mesh.corners.reshape(-1, 3)
    back = float(points[:, 1].max())
    seat = float(points[points[:, 1] > back / 3, 2].min())
    chair = plain_chair(rng, looks, CHAIR_WIDTH, seat)
    return on(carried([chair], (0, back - CHAIR_WIDTH / 2 + 0.03, 0)), 0, [body])
