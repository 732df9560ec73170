# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import numpy as np
import pytest

from diffperc_ros.scenes.classes import CLASSES
from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.render import Assets
from diffperc_ros.scenes.rendering.raycast import RayCaster
from diffperc_ros.scenes.rendering.render_view import Renderer
from diffperc_ros.scenes.rooms.clutter import HeightMap
from diffperc_ros.scenes.rooms.furnishing import furnish, sorted_models
from diffperc_ros.scenes.rooms.layout import Room
from diffperc_ros.scenes.rooms.scene import KINDS, build_place
from diffperc_ros.scenes.rooms.views import choose_view, sound, stands_free
from diffperc_ros.scenes.shapes.mesh import Mesh, box, quad
from diffperc_ros.scenes.shapes.part import Part, bounds, numbered, part

ROOM = Room(np.zeros(2), np.array([4.0, 3.0]), 2.5)


def thing(mesh: Mesh) -> Part:
    return part(mesh, 'object', 'box')


def heights(level: float) -> HeightMap:
    """Map of a floor (0) with a table (1)."""
    floor = quad((0, 0, 0), (4, 0, 0), (0, 3, 0), 0)
    mesh = numbered([thing(floor), thing(box((1, 1, 0.7), (2, 2, 0.75), 0))])
    return HeightMap(RayCaster(mesh), mesh.object_id, ROOM, level)


@pytest.mark.parametrize(
    ('level', 'x', 'y', 'rest', 'support'),
    [
        (2.0, 3.0, 1.5, 0.0, 0),  # floor
        (2.0, 1.5, 1.5, 0.75, 1),  # table
        (0.45, 1.5, 1.5, 0.0, 0),  # floor below the table
        (2.0, 1.0, 1.5, None, None),  # half over the edge
        (2.0, 3.98, 1.5, None, None),  # half in the wall
    ],
)
def test_things_come_to_rest_on_what_is_below(
    level: float, x: float, y: float, rest: float | None, support: int | None
) -> None:
    cube = thing(box((-0.1, -0.1, 0.3), (0.1, 0.1, 0.5), 0))
    fallen = heights(level).drop(cube, x, y, 2)
    if rest is None:
        assert fallen is None
        return
    assert fallen is not None
    assert fallen.support == support
    low, high = fallen.mesh.bounds()
    np.testing.assert_allclose(low, [x - 0.1, y - 0.1, rest], atol=1e-4)
    assert high[2] - low[2] == pytest.approx(0.2, abs=1e-4)


def test_things_pile_up() -> None:
    falling, cube = heights(2.0), thing(box((-0.1, -0.1, 0), (0.1, 0.1, 0.2), 0))
    first, second = (falling.drop(cube, 3.0, 1.5, number) for number in (2, 3))
    assert first is not None
    assert second is not None
    assert [item.mesh.bounds()[0][2] for item in (first, second)] == pytest.approx(
        [0, 0.2], abs=1e-4
    )
    assert (first.support, second.support) == (0, 2)


def test_furniture_stays_in_the_room_and_apart(assets: Assets) -> None:
    rng = np.random.default_rng(4)
    looks = MaterialTable(rng, assets.bank)
    placed = furnish(rng, looks, ROOM, sorted_models((), 0), ('table', 'bin'), 2, 0.5)
    assert len(placed) >= 3
    assert [group[0].name for group in placed[:2]] in (['desk', 'box'], ['table', 'box'])
    boxes = [bounds(group) for group in placed]
    for number, (low, high) in enumerate(boxes):
        assert (low[:2] > -1e-3).all()
        assert (high[:2] < ROOM.high + 1e-3).all()
        assert low[2] == pytest.approx(0, abs=1e-4)
        for other_low, other_high in boxes[:number]:
            overlap = np.minimum(high, other_high)[:2] - np.maximum(low, other_low)[:2]
            assert overlap.min() < 1e-3


@pytest.mark.parametrize('kind', KINDS)
def test_places_are_whole_and_can_be_looked_at(kind: str, assets: Assets) -> None:
    rng = np.random.default_rng(7)
    place = build_place(rng, kind, assets.library, assets.bank)
    mesh = place.scene.mesh
    assert np.isfinite(mesh.corners).all()
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=2), 1, atol=1e-3)
    assert 0 <= mesh.material.min() <= mesh.material.max() < len(place.scene.table)
    np.testing.assert_array_equal(np.unique(mesh.object_id), np.arange(len(place.parts)))
    for number, item in enumerate(place.parts):
        assert item.label in CLASSES
        assert item.support is None or 0 <= item.support < number
    renderer = Renderer(place.scene, assets.bank)
    views = [choose_view(rng, kind, place, renderer) for _ in range(3)]
    for view in views:
        assert view is not None
        assert 0.55 <= view.focal <= 1.8
        assert sound(renderer.preview(view, 30, 40)[0])


@pytest.mark.parametrize(
    ('depth', 'expected'),
    [
        (np.full((4, 5), 2.0), True),
        (np.zeros((4, 5)), False),
        (np.full((4, 5), 0.2), False),
        (np.concatenate([np.full((2, 5), 0.2), np.full((2, 5), 2.0)]), True),
        (np.concatenate([np.zeros((2, 5)), np.full((2, 5), 2.0)]), False),
        (np.concatenate([np.full((1, 5), 0.05), np.full((3, 5), 2.0)]), False),
    ],
)
def test_degenerate_views_are_refused(depth: np.ndarray, expected: bool) -> None:
    assert sound(depth.astype(np.float32)) is expected


def test_camera_needs_air(assets: Assets) -> None:
    place = build_place(np.random.default_rng(7), 'room', assets.library, assets.bank)
    renderer = Renderer(place.scene, assets.bank)
    assert not stands_free(renderer, np.array([0.05, 1.0, 1.0]))
    assert not stands_free(renderer, np.array([1.0, 1.0, 0.05]))
