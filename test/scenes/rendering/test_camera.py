# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffperc_ros.scenes.rendering.camera import look, look_at, pixel_rays

angles = st.floats(-1.5, 1.5)


@given(st.floats(-7, 7), angles, angles)
def test_axes_are_right_handed_and_orthonormal(azimuth: float, tilt: float, roll: float) -> None:
    rotation = look(np.zeros(3), azimuth, tilt, roll, 1.0).rotation
    np.testing.assert_allclose(rotation.T @ rotation, np.eye(3), atol=1e-9)
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_level_view_has_down_pointing_down_and_right_to_the_right() -> None:
    rotation = look(np.zeros(3), 0.0, 0.0, 0.0, 1.0).rotation
    np.testing.assert_allclose(rotation.T, [[0, -1, 0], [0, 0, -1], [1, 0, 0]], atol=1e-12)


@given(st.tuples(*[st.floats(-3, 3)] * 3), angles)
def test_looking_at_a_point_puts_it_on_the_axis(
    target: tuple[float, float, float], roll: float
) -> None:
    position = np.array([5.0, 0.5, 1.0])
    view = look_at(position, np.array(target), roll, 1.0)
    seen = view.rotation.T @ (np.array(target) - position)
    assert seen[2] > 0
    np.testing.assert_allclose(seen[:2], 0, atol=1e-9)


def test_rays_go_through_pixel_centres_with_unit_depth() -> None:
    view = look(np.array([1.0, 2.0, 3.0]), 0.7, -0.3, 0.1, 0.8)
    origins, rays = pixel_rays(view, 6, 10)
    inside = rays @ view.rotation
    np.testing.assert_allclose(inside[:, 2], 1, atol=1e-6)
    focal = 0.8 * 10
    np.testing.assert_allclose(inside[0, :2], [(0.5 - 5) / focal, (0.5 - 3) / focal], atol=1e-6)
    np.testing.assert_allclose(inside[-1, :2], [(9.5 - 5) / focal, (5.5 - 3) / focal], atol=1e-6)
    np.testing.assert_array_equal(origins, np.tile(np.float32([1, 2, 3]), (60, 1)))
