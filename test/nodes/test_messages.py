# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.ros import need

need('rclpy')

from rclpy.serialization import serialize_message  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402
from std_msgs.msg import Header  # noqa: E402
from support.ros_peer import fill_header, info_message, pixels_of  # noqa: E402

from diffperc_ros.core.camera import Camera  # noqa: E402
from diffperc_ros.core.errors import FrameError  # noqa: E402
from diffperc_ros.core.frame import Stamp  # noqa: E402
from diffperc_ros.core.transforms import resize  # noqa: E402
from diffperc_ros.nodes.messages import (  # noqa: E402
    ImageMessage,
    output_camera_info,
    stamp_of_message,
    stamp_of_serialized,
)

pytestmark = pytest.mark.ros


def header() -> Header:
    message = Header()
    message.stamp.sec, message.stamp.nanosec, message.frame_id = 7, 8, 'optical'
    return message


@settings(deadline=None)  # the first serialization loads a library
@given(st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**32 - 1), st.text(max_size=5))
def test_a_serialized_message_tells_its_stamp_bit_for_bit(
    sec: int, nanosec: int, frame_id: str
) -> None:
    message = Image()
    message.header.stamp.sec, message.header.stamp.nanosec = sec, nanosec
    message.header.frame_id = frame_id.replace('\0', '')
    assert stamp_of_serialized(serialize_message(message)) == Stamp(sec, nanosec)
    assert stamp_of_message(message) == Stamp(sec, nanosec)


def test_both_byte_orders_and_too_few_bytes() -> None:
    assert stamp_of_serialized(b'\0\0\0\0' + b'\0\0\0\1' + b'\0\0\0\2') == Stamp(1, 2)
    assert stamp_of_serialized(b'\0\1\0\0' + b'\1\0\0\0' + b'\2\0\0\0') == Stamp(1, 2)
    with pytest.raises(FrameError, match='7 bytes has no header'):
        stamp_of_serialized(b'\0\1\0\0\1\0\0')


@pytest.mark.parametrize(
    ('encoding', 'values'),
    [
        ('32FC1', np.array([[1.5, np.nan, np.inf], [0.25, 3.0, 4.0]], np.float32)),
        ('16UC1', np.array([[1, 0, 65535], [256, 3, 4]], np.uint16)),
        ('rgb8', np.arange(18, dtype=np.uint8).reshape(2, 3, 3)),
    ],
)
def test_images_carry_their_values_and_reuse_their_memory(
    encoding: str, values: NDArray[np.generic]
) -> None:
    outgoing = ImageMessage(encoding)
    first = outgoing.filled(header(), values)
    np.testing.assert_array_equal(pixels_of(first), values)
    assert (first.height, first.width, first.step) == (2, 3, values.nbytes // 2)
    assert (first.encoding, first.is_bigendian, first.header) == (encoding, 0, header())
    address = first.data.buffer_info()
    second = outgoing.filled(header(), values[::-1])
    np.testing.assert_array_equal(pixels_of(second), values[::-1])
    assert second.data.buffer_info() == address
    smaller = outgoing.filled(header(), values[:1])
    np.testing.assert_array_equal(pixels_of(smaller), values[:1])
    assert smaller.height == 1


CAMERA = Camera(640, 480, 500.0, 510.0, 320.0, 230.0, baseline_x=-25.0)


def test_info_of_a_rectified_image_follows_the_size() -> None:
    info = output_camera_info(header(), CAMERA, resize((640, 480), (320, 240)), None)
    assert (info.width, info.height, info.header) == (320, 240, header())
    assert list(info.k) == [250.0, 0.0, 159.75, 0.0, 255.0, 114.75, 0.0, 0.0, 1.0]
    assert list(info.p) == [250.0, 0, 159.75, -12.5, 0, 255.0, 114.75, 0, 0, 0, 1.0, 0]
    assert list(info.d) == [0.0] * 5
    assert (info.binning_x, info.binning_y, info.roi.width) == (0, 0, 0)


@pytest.mark.parametrize(('k', 'focal'), [(480.0, 480.0), (0.0, 500.0)], ids=['K', 'no K'])
def test_info_of_an_image_that_is_not_rectified_keeps_its_distortion(
    k: float, focal: float
) -> None:
    source = info_message(640, 480, 0)
    source.k[0] = source.k[4] = k
    source.d, source.distortion_model = [0.1, 0.2, 0.0, 0.0], 'equidistant'
    info = output_camera_info(header(), CAMERA, resize((640, 480), (640, 480)), source)
    assert list(info.d) == [0.1, 0.2, 0.0, 0.0]
    assert info.distortion_model == 'equidistant'
    assert (info.k[0], info.p[0]) == (focal, 500.0)


def test_info_of_a_part_of_the_sensor_cannot_use_its_k() -> None:
    source = info_message(1280, 960, 0, focal=480.0)
    info = output_camera_info(header(), CAMERA, resize((640, 480), (640, 480)), source)
    assert info.k[0] == 500.0


def test_a_header_without_a_stamp() -> None:
    info = CameraInfo()
    fill_header(info.header, 0, '')
    assert stamp_of_message(info) == Stamp(0, 0)
