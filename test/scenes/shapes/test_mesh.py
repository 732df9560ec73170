# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffperc_ros.scenes.shapes.mesh import Mesh, box, join, moved, quad, revolved, turn_x, turn_z

sizes = st.tuples(*[st.floats(0.01, 5)] * 3)
places = st.tuples(*[st.floats(-10, 10)] * 3)


def volume(mesh: Mesh) -> float:
    """Signed volume, positive where a closed mesh is wound outwards."""
    a, b, c = (mesh.corners[:, k].astype(float) for k in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


@given(places, sizes)
def test_box_fills_its_corners_and_looks_outwards(
    low: tuple[float, float, float], size: tuple[float, float, float]
) -> None:
    mesh = box(low, np.add(low, size), 3)
    found_low, found_high = mesh.bounds()
    np.testing.assert_allclose(found_low, low, atol=1e-4)
    np.testing.assert_allclose(found_high, np.add(low, size), atol=1e-4)
    centred = box(np.multiply(size, -0.5), np.multiply(size, 0.5), 3)
    assert volume(centred) == pytest.approx(np.prod(size), rel=1e-3)
    outwards = (centred.corners.mean(1) * centred.normals[:, 0]).sum(1)
    assert (outwards > 0).all()
    assert set(mesh.material) == {3}


@given(sizes)
def test_box_texture_is_metric(size: tuple[float, float, float]) -> None:
    mesh = box((0, 0, 0), size, 0)
    for corner in ((0, 1), (1, 2)):
        edge = mesh.corners[:, corner[1]] - mesh.corners[:, corner[0]]
        along = mesh.uv[:, corner[1]] - mesh.uv[:, corner[0]]
        np.testing.assert_allclose(
            np.linalg.norm(edge, axis=1), np.linalg.norm(along, axis=1), rtol=1e-4
        )


def test_quad_normal_is_the_product_of_its_sides() -> None:
    mesh = quad((1, 1, 1), (2, 0, 0), (0, 3, 0), 0)
    np.testing.assert_allclose(mesh.normals, np.broadcast_to([0, 0, 1], (2, 3, 3)))
    assert mesh.uv.max(axis=(0, 1)) == pytest.approx([2, 3])


def test_can_has_the_volume_of_a_cylinder_and_round_normals() -> None:
    can = revolved([0, 1, 1, 0], [0, 0, 2, 2], 0, sides=200)
    assert abs(volume(can)) == pytest.approx(2 * np.pi, rel=1e-3)
    np.testing.assert_allclose(np.linalg.norm(can.normals, axis=2)[:, 1], 1, atol=1e-5)


@given(places, st.floats(-7, 7))
def test_moving_there_and_back_changes_nothing(
    offset: tuple[float, float, float], angle: float
) -> None:
    mesh = box((0, 0, 0), (1, 2, 3), 0)
    turn = turn_z(angle) @ turn_x(angle / 2)
    back = moved(moved(moved(mesh, offset, turn), np.negative(offset)), (0, 0, 0), turn.T)
    np.testing.assert_allclose(back.corners, mesh.corners, atol=1e-4)
    np.testing.assert_allclose(back.normals, mesh.normals, atol=1e-5)


def test_join_keeps_every_triangle_and_its_object() -> None:
    joined = join([box((0, 0, 0), (1, 1, 1), 0), quad((0, 0, 0), (1, 0, 0), (0, 1, 0), 7)])
    assert len(joined.corners) == 14
    assert list(joined.material[-2:]) == [7, 7]
