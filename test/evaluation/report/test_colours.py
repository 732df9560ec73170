# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64

import cv2
import numpy as np
import pytest

from diffperc_ros.evaluation.report.colours import (
    DEPTH_TABLE,
    ERROR_TABLE,
    PICTURE_WIDTH,
    UNKNOWN,
    colour_map,
    jpeg_uri,
    ramp_uri,
)


def decoded(uri: str) -> np.ndarray:
    data = np.frombuffer(base64.b64decode(uri.partition(',')[2]), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        (1.0, DEPTH_TABLE[0]),
        (3.0, DEPTH_TABLE[255]),
        (0.0, DEPTH_TABLE[0]),
        (9.0, DEPTH_TABLE[255]),
        (np.inf, DEPTH_TABLE[255]),
        (np.nan, UNKNOWN),
    ],
)
def test_values_take_their_place_in_the_table(value: float, expected: np.ndarray) -> None:
    picture = colour_map(np.full((1, 1), value, np.float32), 1.0, 3.0, DEPTH_TABLE)

    assert picture[0, 0].tolist() == list(expected)


def test_an_empty_range_has_colours_too() -> None:
    picture = colour_map(np.full((2, 2), 1.0, np.float32), 1.0, 1.0, DEPTH_TABLE)

    assert (picture == DEPTH_TABLE[0]).all()


def test_right_is_white_near_is_blue_far_is_red() -> None:
    near, right, far = (
        ERROR_TABLE[0].tolist(),
        ERROR_TABLE[127].tolist(),
        ERROR_TABLE[255].tolist(),
    )

    assert near[2] > 2 * near[0]
    assert far[0] > 2 * far[2]
    assert min(right) > 240


def test_pictures_keep_their_colours_and_their_shape() -> None:
    picture = np.zeros((300, 960, 3), np.uint8)
    picture[..., 0] = 200

    shown = decoded(jpeg_uri(picture))

    assert shown.shape == (150, PICTURE_WIDTH, 3)
    assert np.abs(shown.astype(int) - [200, 0, 0]).max() < 8


def test_the_ramp_runs_from_left_to_right() -> None:
    np.testing.assert_array_equal(decoded(ramp_uri(DEPTH_TABLE))[0], DEPTH_TABLE)
