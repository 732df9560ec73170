# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import numpy as np
import pytest

from diffperc_ros.scenes.assets import CatalogueEntry, Model
from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.render import Assets
from diffperc_ros.scenes.rooms.people import person
from diffperc_ros.scenes.shapes.mesh import box, join


def model(name: str, height: float) -> Model:
    """Who has hips 0.45 m high at the back (+y) and feet on the ground at the front."""
    mesh = join(
        [
            box((-0.2, 0.1, 0.45), (0.2, 0.5, height), 0),
            box((-0.2, -0.5, 0), (0.2, -0.2, 0.5), 0),
        ]
    )
    size = (0.4, 1.0, height)
    entry = CatalogueEntry('', name, 'Characters', '', '', '', size, 0.0, ())
    return Model(entry, mesh, np.full((1, 3), 0.5), (-1,), 'person', 'woman')


@pytest.mark.parametrize(
    ('name', 'height', 'others'),
    [
        ('Female', 1.7, [set()]),
        ('Sitting female', 0.8, [set()]),
        ('Sitting female', 1.3, [{'chair'}]),
        ('Lying down female', 0.5, [set(), {'bed'}]),
    ],
)
def test_postures_get_the_furniture_that_they_need(
    name: str, height: float, others: list[set[str]], assets: Assets
) -> None:
    rng = np.random.default_rng(0)
    looks = MaterialTable(rng, assets.bank)
    seen = []
    for _ in range(12):
        *furniture, body = person(rng, looks, model(name, height), 0)
        assert (body.label, body.support) == ('person', 0 if furniture else None)
        seen.append({item.label for item in furniture})
        low, high = body.mesh.bounds()
        if seen[-1] == {'chair'}:
            chair_low, chair_high = furniture[0].mesh.bounds()
            assert chair_low[1] > low[1]
            assert chair_high[1] > high[1]
        if seen[-1] == {'bed'}:
            assert 0.3 <= low[2] <= 0.6
    assert all(item in seen for item in others)
    assert all(item in others for item in seen)
