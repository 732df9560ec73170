# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ros import need

need('geometry_msgs')

from diffperc_ros.core.camera import Camera  # noqa: E402
from diffperc_ros.core.frame import Stamp  # noqa: E402
from diffperc_ros.core.results import DepthImage, Detection, QueryAnswer  # noqa: E402
from diffperc_ros.core.transforms import Box, resize  # noqa: E402
from diffperc_ros.nodes.query.positions import best_position, positions_of  # noqa: E402

pytestmark = pytest.mark.ros

WIDTH, HEIGHT = 64, 48
CAMERA = Camera(WIDTH, HEIGHT, 60.0, 62.0, 31.5, 23.5)
STAMP = Stamp(1, 2)


def answer(*boxes: tuple[int, Box, float]) -> QueryAnswer:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for number, box, _ in boxes:
        mask[box.slices] = number
    detections = tuple(
        Detection(number, score, box, box.width * box.height) for number, box, score in boxes
    )
    return QueryAnswer(mask, mask, detections, ('a', 'b'), 1, STAMP, 'optical', None)


def depth(values: np.ndarray, camera: Camera | None = CAMERA, kind: str = 'metric') -> DepthImage:
    return DepthImage(values.astype(np.float32), kind, STAMP, 'optical', camera)


@given(st.integers(0, 50), st.integers(0, 40), st.floats(0.2, 9.0))
def test_the_position_projects_onto_the_middle_of_the_box(
    left: int, top: int, distance: float
) -> None:
    box = Box(left, top, 7, 5)
    (point,) = positions_of(answer((1, box, 0.9)), depth(np.full((HEIGHT, WIDTH), distance)))
    assert point is not None
    pixel = CAMERA.project(np.array([point.x, point.y, point.z]))
    np.testing.assert_allclose(pixel, [left + 3, top + 2], atol=1e-6)
    assert point.z == pytest.approx(distance, rel=1e-6)


def test_only_the_pixels_of_the_instance_count_and_their_median() -> None:
    values = np.full((HEIGHT, WIDTH), 9.0)
    box = Box(10, 10, 4, 4)
    values[box.slices] = 2.0
    values[10, 10] = 0.3  # an outlier
    values[11, 11] = np.nan
    found = answer((1, box, 0.9))
    found.mask[13, :] = 0
    values[13, 10:14] = 5.0  # behind, and not in the mask
    (point,) = positions_of(found, depth(values))
    assert point is not None
    assert point.z == 2.0


@pytest.mark.parametrize('size', [(32, 24), (128, 96)])
def test_depth_of_another_size_is_laid_over_the_mask(size: tuple[int, int]) -> None:
    camera = resize((WIDTH, HEIGHT), size).camera(CAMERA)
    values = np.full(size[::-1], 3.0)
    (point,) = positions_of(answer((1, Box(20, 20, 3, 3), 0.9)), depth(values, camera))
    assert point is not None
    pixel = CAMERA.project(np.array([point.x, point.y, point.z]))
    np.testing.assert_allclose(pixel, [21, 21], atol=1e-6)


@pytest.mark.parametrize(
    'known',
    [
        None,
        depth(np.full((HEIGHT, WIDTH), 2.0), camera=None, kind='relative'),
        depth(np.full((HEIGHT, WIDTH), 2.0), kind='relative'),
        depth(np.full((HEIGHT, WIDTH), np.nan)),
        depth(np.full((HEIGHT, WIDTH), np.inf)),
    ],
    ids=['none', 'no camera', 'relative', 'not measured', 'beyond the range'],
)
def test_what_cannot_be_known_is_not_said(known: DepthImage | None) -> None:
    found = answer((1, Box(20, 20, 3, 3), 0.9))
    assert positions_of(found, known) == [None]
    assert best_position(found, [None]) is None


def test_the_surest_detection_with_a_position_is_the_best() -> None:
    values = np.full((HEIGHT, WIDTH), 2.0)
    surest = Box(0, 0, 5, 5)
    values[surest.slices] = np.nan
    found = answer((1, surest, 0.99), (1, Box(20, 0, 5, 5), 0.6), (2, Box(40, 0, 5, 5), 0.8))
    positions = positions_of(found, depth(values))
    assert positions[0] is None
    assert best_position(found, positions) is positions[2]
    assert best_position(answer(), []) is None
