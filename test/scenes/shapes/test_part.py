# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import numpy as np

from diffperc_ros.scenes.shapes.mesh import box, quad, turn_z
from diffperc_ros.scenes.shapes.part import bounds, carried, numbered, numbered_panes, on, part

TABLE = part(box((0, 0, 0), (2, 1, 0.7), 0), 'table', 'table')
MUG = part(box((0, 0, 0.7), (0.1, 0.1, 0.8), 0), 'object', 'mug')


def test_group_on_a_base_keeps_what_stands_on_what() -> None:
    group = on([TABLE], 0, [MUG])
    scene = on(on([TABLE, TABLE], 1, group), None, group)
    assert [item.support for item in scene] == [None, None, 1, 2, None, 4]


def test_size_is_that_of_the_upright_thing_whatever_way_it_is_turned() -> None:
    (turned,) = carried([TABLE], (5, 5, 0), turn_z(0.7))
    np.testing.assert_allclose(turned.size, (2, 1, 0.7), atol=1e-6)
    low, high = bounds([turned])
    assert high[0] - low[0] > 2.1


def test_numbers_count_parts_and_panes_alike() -> None:
    glass = quad((0, 0, 0), (1, 0, 0), (0, 0, 1), 0)
    window = type(TABLE)(TABLE.mesh, 'window', 'window', TABLE.size, None, glass)
    parts = [MUG, window]
    assert set(numbered(parts).object_id) == {0, 1}
    panes = numbered_panes(carried(parts, (0, 0, 3)))
    assert panes is not None
    assert set(panes.object_id) == {1}
    assert panes.corners[..., 2].min() == 3
    assert numbered_panes([MUG]) is None
