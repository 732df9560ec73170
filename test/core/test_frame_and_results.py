# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.errors import CameraError, FrameError
from diffperc_ros.core.frame import Frame, Stamp
from diffperc_ros.core.results import depth_from_millimetres, depth_to_millimetres

STAMP = Stamp(5, 6)


@given(st.integers(-(2**31), 2**31 - 1), st.integers(0, 999_999_999))
def test_stamps_survive_nanoseconds(sec: int, nanosec: int) -> None:
    stamp = Stamp(sec, nanosec)
    assert Stamp.from_nanoseconds(stamp.nanoseconds) == stamp


def test_a_stamp_keeps_bits_that_make_no_sense() -> None:
    assert (Stamp(1, 4_000_000_000).sec, Stamp(1, 4_000_000_000).nanosec) == (1, 4_000_000_000)


@pytest.mark.parametrize(
    ('image', 'camera', 'error'),
    [
        (np.zeros((4, 5), np.uint8), None, FrameError),
        (np.zeros((4, 5, 4), np.uint8), None, FrameError),
        (np.zeros((4, 5, 3), np.float32), None, FrameError),
        (np.zeros((0, 5, 3), np.uint8), None, FrameError),
        (np.zeros((4, 5, 3), np.uint8), Camera(4, 5, 1, 1, 1, 1), CameraError),
    ],
)
def test_frames_refuse_what_is_no_picture(
    image: np.ndarray, camera: Camera | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        Frame(image, STAMP, 'camera', camera)


def test_a_frame_knows_its_size() -> None:
    assert Frame(np.zeros((4, 5, 3), np.uint8), STAMP, 'camera').size == (5, 4)


@given(hnp.arrays(np.uint16, (3, 4)))
def test_millimetres_survive_metres(counts: np.ndarray) -> None:
    np.testing.assert_array_equal(depth_to_millimetres(depth_from_millimetres(counts)), counts)


def test_millimetres_of_special_values() -> None:
    values = np.array([np.nan, np.inf, -np.inf, 65.5351, 65.536, -1.0, 0.0004, 1.2346], np.float32)
    assert depth_to_millimetres(values).tolist() == [0, 0, 0, 65535, 0, 0, 0, 1235]
