# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffperc_ros.core.camera import Camera, camera_from_matrices
from diffperc_ros.core.errors import CameraError

NO_K = [0.0] * 9
NO_P = [0.0] * 12
K = [600.0, 0, 320, 0, 610, 240, 0, 0, 1]
P = [500.0, 0, 310, -25.0, 0, 510, 230, 0, 0, 0, 1, 0]
NAN = math.nan

cameras = st.builds(
    Camera,
    width=st.integers(1, 4000),
    height=st.integers(1, 4000),
    fx=st.floats(10, 5000),
    fy=st.floats(10, 5000),
    cx=st.floats(-100, 4100),
    cy=st.floats(-100, 4100),
)


@given(
    cameras,
    st.lists(
        st.tuples(st.floats(-500, 4500), st.floats(-500, 4500), st.floats(0.01, 100)), min_size=1
    ),
)
def test_projecting_what_was_unprojected_gives_the_pixel_back(
    camera: Camera, entries: list[tuple[float, float, float]]
) -> None:
    table = np.array(entries)
    points = camera.unproject(table[:, :2], table[:, 2])
    np.testing.assert_allclose(points[:, 2], table[:, 2])
    np.testing.assert_allclose(camera.project(points), table[:, :2], rtol=1e-9, atol=1e-6)


def test_depth_is_planar_not_along_the_ray() -> None:
    camera = Camera(640, 480, 500, 500, 319.5, 239.5)
    corner = camera.unproject(np.array([0.0, 0.0]), np.array(2.0))
    assert corner[2] == 2.0
    assert np.linalg.norm(corner) > 2.3


def test_field_of_view_counts_from_border_to_border() -> None:
    assert Camera(200, 100, 100, 100, 99.5, 49.5).horizontal_field_of_view == pytest.approx(90)


@pytest.mark.parametrize(
    ('k', 'p', 'fx', 'baseline'),
    [
        (K, P, 500.0, -25.0),
        (NO_K, P, 500.0, -25.0),
        (K, NO_P, 600.0, 0.0),
        ([NAN] * 9, P, 500.0, -25.0),
        (K, [NAN] * 12, 600.0, 0.0),
        (K, [*P[:3], math.inf, *P[4:]], 600.0, 0.0),
    ],
)
def test_one_valid_matrix_is_enough(
    k: list[float], p: list[float], fx: float, baseline: float
) -> None:
    camera = camera_from_matrices(640, 480, k, p)
    assert (camera.fx, camera.baseline_x) == (fx, baseline)


@pytest.mark.parametrize(
    ('k', 'p', 'message'),
    [
        (NO_K, NO_P, 'no usable intrinsics'),
        ([NAN] * 9, NO_P, 'no usable intrinsics'),
        ([-600.0, *K[1:]], NO_P, 'no usable intrinsics'),
        ([*K[:4], 0.0, *K[5:]], NO_P, 'no usable intrinsics'),
        (K[:8], P, '8 and 12'),
    ],
)
def test_unusable_matrices_are_refused(k: list[float], p: list[float], message: str) -> None:
    with pytest.raises(CameraError, match=message):
        camera_from_matrices(640, 480, k, p)


@pytest.mark.parametrize(
    'changes',
    [{'fx': 0.0}, {'fy': -1.0}, {'cx': NAN}, {'width': 0}, {'distortion': (NAN,)}],
)
def test_a_camera_that_cannot_be_is_refused(changes: dict[str, float]) -> None:
    good = {'width': 64, 'height': 48, 'fx': 60.0, 'fy': 60.0, 'cx': 31.5, 'cy': 23.5}
    with pytest.raises(CameraError):
        Camera(**{**good, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ('distortion', 'rectified'), [((), True), ((0.0,) * 5, True), ((0.1,), False)]
)
def test_rectified_means_no_coefficient(distortion: tuple[float, ...], rectified: bool) -> None:
    assert Camera(64, 48, 60, 60, 31.5, 23.5, 0.0, distortion).is_rectified is rectified
