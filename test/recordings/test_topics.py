# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from support.bags import CAMERA_INFO, COMPRESSED, IMAGE

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.recordings.topics import (
    Topic,
    base_name,
    choose_camera_info_topic,
    choose_depth_topic,
    choose_image_topic,
)

RAW = Topic('/cam/color/image_raw', IMAGE, 'rgb8', 9)
JPEG = Topic('/cam/color/image_raw/compressed', COMPRESSED, 'rgb8; jpeg compressed bgr8', 9)
INFO = Topic('/cam/color/camera_info', CAMERA_INFO, '', 9)
INFRARED = Topic('/cam/infra1/image_rect_raw', IMAGE, 'mono8', 9)
GREY_JPEG = Topic('/cam/infra2/image/compressed', COMPRESSED, 'mono8; jpeg compressed ', 9)
DEPTH = Topic('/cam/aligned_depth_to_color/image_raw', IMAGE, '16UC1', 9)
PNG_DEPTH = Topic(f'{DEPTH.name}/compressedDepth', COMPRESSED, '16UC1; compressedDepth png', 9)
LIDAR_DEPTH = Topic('/lidar/depth', IMAGE, '32FC1', 9)
GREY_DEPTH = Topic('/cam/depth/image', IMAGE, 'mono16', 9)
THERMAL = Topic('/thermal/image', IMAGE, 'mono16', 9)
REAR = Topic('/rear/image_raw', IMAGE, 'bgr8', 9)
SILENT = Topic('/front/image_raw', IMAGE, '', 0)
ODD = Topic('/odd/image', IMAGE, 'hsv8', 9)
TRANSFORMS = Topic('/tf', 'tf2_msgs/msg/TFMessage', '', 9)


@pytest.mark.parametrize(
    ('topics', 'wanted', 'expected'),
    [
        ([RAW, INFO, DEPTH, TRANSFORMS], None, RAW),
        ([RAW, JPEG, INFO], None, RAW),
        ([JPEG, INFO, PNG_DEPTH], None, JPEG),
        ([RAW, JPEG], JPEG.name, JPEG),
        ([RAW, REAR], REAR.name, REAR),
        ([RAW, REAR], REAR.name.strip('/'), REAR),
        ([RAW, INFRARED, GREY_JPEG], None, RAW),
        ([INFRARED, DEPTH], None, INFRARED),
        ([THERMAL, GREY_DEPTH], None, THERMAL),
        ([RAW, SILENT], None, RAW),
        ([RAW, ODD], None, RAW),
        ([ODD], None, ODD),
        ([RAW, REAR], None, '2 topics.*--image-topic: /cam.*/rear'),
        ([INFRARED, GREY_JPEG], None, '2 topics'),
        ([DEPTH, INFO], None, 'no topic with a colour image; topics are: .*16UC1'),
        ([SILENT], None, 'no topic with a colour image'),
        ([], None, 'topics are: none'),
        ([RAW], '/nowhere', 'not in the recording.*/cam/color/image_raw'),
        ([RAW, DEPTH], DEPTH.name, 'carries no image'),
        ([RAW, INFO], INFO.name, 'carries no image'),
    ],
)
def test_image_topic(topics: list[Topic], wanted: str | None, expected: Topic | str) -> None:
    if isinstance(expected, str):
        with pytest.raises(RecordingError, match=expected):
            choose_image_topic(topics, wanted)
    else:
        assert choose_image_topic(topics, wanted) == expected


@pytest.mark.parametrize(
    ('topics', 'wanted', 'expected'),
    [
        ([RAW, DEPTH], None, DEPTH),
        ([RAW, DEPTH, PNG_DEPTH], None, DEPTH),
        ([RAW, PNG_DEPTH], None, PNG_DEPTH),
        ([RAW, GREY_DEPTH], None, GREY_DEPTH),
        ([DEPTH, LIDAR_DEPTH], LIDAR_DEPTH.name, LIDAR_DEPTH),
        ([THERMAL], THERMAL.name, THERMAL),
        ([DEPTH, LIDAR_DEPTH], None, '2 topics.*--depth-topic'),
        ([RAW, THERMAL], None, 'no topic with a depth image'),
        ([DEPTH], '/nowhere', 'not in the recording'),
    ],
)
def test_depth_topic(topics: list[Topic], wanted: str | None, expected: Topic | str) -> None:
    if isinstance(expected, str):
        with pytest.raises(RecordingError, match=expected):
            choose_depth_topic(topics, wanted)
    else:
        assert choose_depth_topic(topics, wanted) == expected


OTHER_INFO = Topic('/rear/camera_info', CAMERA_INFO, '', 9)
NO_INFO = Topic('/cam/color/camera_info', CAMERA_INFO, '', 0)


@pytest.mark.parametrize(
    ('topics', 'image', 'wanted', 'expected'),
    [
        ([RAW, INFO, OTHER_INFO], RAW, None, INFO),
        ([JPEG, INFO, OTHER_INFO], JPEG, None, INFO),
        ([REAR, INFO, OTHER_INFO], REAR, None, OTHER_INFO),
        ([RAW, OTHER_INFO], RAW, None, None),
        ([RAW, NO_INFO], RAW, None, None),
        ([RAW, INFO, OTHER_INFO], RAW, OTHER_INFO.name, OTHER_INFO),
        ([RAW, INFO], RAW, '/nowhere', 'not in the recording'),
        ([RAW, INFO], RAW, RAW.name, 'carries no camera_info'),
    ],
)
def test_camera_info_topic(
    topics: list[Topic], image: Topic, wanted: str | None, expected: Topic | str | None
) -> None:
    if isinstance(expected, str):
        with pytest.raises(RecordingError, match=expected):
            choose_camera_info_topic(topics, image, wanted)
    else:
        assert choose_camera_info_topic(topics, image, wanted) == expected


@pytest.mark.parametrize(
    ('name', 'base'),
    [
        ('/a/image', '/a/image'),
        ('/a/image/compressed', '/a/image'),
        ('/a/image/compressedDepth', '/a/image'),
        ('/compressed/image', '/compressed/image'),
    ],
)
def test_base_name(name: str, base: str) -> None:
    assert base_name(name) == base
