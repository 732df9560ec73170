# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Gives models the materials of a scene, and things a coat of paint."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diffperc_ros.scenes.assets import Model
from diffperc_ros.scenes.colours import COLOURS, paint
from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.shapes.mesh import triangle_areas
from diffperc_ros.scenes.shapes.part import Part, part
from diffperc_ros.scenes.textures import Random

COVERED = 0.75  # share of a thing's surface that paint covers at least


def as_part(model: Model, looks: MaterialTable, first_picture: int) -> Part:
    """Model with materials of this scene; first_picture is where the library's pictures begin."""
    numbers = [
        looks.of_model(diffuse, texture + first_picture if texture >= 0 else -1)
        for diffuse, texture in zip(model.diffuse, model.textures, strict=True)
    ]
    mesh = replace(model.mesh, material=np.asarray(numbers, np.int32)[model.mesh.material])
    return part(mesh, model.label, model.name)


def painted(rng: Random, looks: MaterialTable, item: Part) -> Part:
    """Give a thing's largest surfaces one clear colour; the rest stays as it was."""
    numbers, index = np.unique(item.mesh.material, return_inverse=True)
    area = np.bincount(index, triangle_areas(item.mesh.corners))
    order = np.argsort(-area)
    enough = int(np.searchsorted(np.cumsum(area[order]), COVERED * area.sum())) + 1
    coat = looks.of_colour(paint(rng, str(rng.choice(COLOURS))))
    material = np.where(
        np.isin(item.mesh.material, numbers[order[:enough]]), coat, item.mesh.material
    )
    return replace(item, mesh=replace(item.mesh, material=material.astype(np.int32)))
