# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import numpy as np

from diffperc_ros.scenes.colours import COLOURS, word_of
from diffperc_ros.scenes.materials import TEXTURE, TINT, MaterialTable
from diffperc_ros.scenes.render import Assets
from diffperc_ros.scenes.rooms.dressing import COVERED, painted
from diffperc_ros.scenes.shapes.mesh import box, join, triangle_areas
from diffperc_ros.scenes.shapes.part import part


def test_paint_covers_the_largest_surfaces_and_leaves_the_small_ones(assets: Assets) -> None:
    rng = np.random.default_rng(3)
    looks = MaterialTable(rng, assets.bank)
    large, small = looks.of_role('wood'), looks.of_role('thing')
    seat = part(
        join([box((0, 0, 0), (1, 1, 1), large), box((0, 0, 1), (0.1, 0.1, 1.1), small)]),
        'chair',
        'chair',
    )
    words = set()
    for _ in range(60):
        red = painted(rng, looks, seat)
        coat = np.setdiff1d(red.mesh.material, [large, small])
        assert len(coat) == 1
        assert small in red.mesh.material
        assert large not in red.mesh.material
        area = triangle_areas(red.mesh.corners)
        assert area[red.mesh.material == coat[0]].sum() > COVERED * area.sum()
        row = looks.table()[coat[0]]
        assert row[TEXTURE] < 0
        words.add(COLOURS[int(word_of(row[TINT : TINT + 3]))])
    assert words == set(COLOURS)
