# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What goes into vision_msgs: on stand-ins always, on the real package where it is installed."""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any

import pytest
from support.ros import need

need('rclpy')

from geometry_msgs.msg import Point  # noqa: E402
from std_msgs.msg import Header  # noqa: E402
from support import vision_stand_ins  # noqa: E402

from diffperc_ros.core.results import Detection  # noqa: E402
from diffperc_ros.core.transforms import Box  # noqa: E402
from diffperc_ros.nodes.publishing.labels import LabelOutput  # noqa: E402
from diffperc_ros.nodes.publishing.vision_messages import (  # noqa: E402
    detection_array,
    how_to_install,
    label_info,
)

pytestmark = pytest.mark.ros


@pytest.fixture(params=['support.vision_stand_ins', 'vision_msgs.msg'])
def messages(request: pytest.FixtureRequest) -> Any:
    if request.param == 'vision_msgs.msg':
        return pytest.importorskip(request.param, reason='vision_msgs has no wheel')
    return importlib.import_module(request.param)


def header() -> Header:
    message = Header(frame_id='optical')
    message.stamp.sec, message.stamp.nanosec = 7, 8
    return message


def test_what_the_ids_mean(messages: Any) -> None:
    info = label_info(messages, header(), {1: 'floor', 254: 'sofa'}, 0.5)
    assert info.header == header()
    assert [(one.class_id, one.class_name) for one in info.class_map] == [
        (1, 'floor'),
        (254, 'sofa'),
    ]
    assert info.threshold == 0.5


def test_detections(messages: Any) -> None:
    found = [
        Detection(2, 0.9, Box(10, 20, 4, 6), 20),
        Detection(1, 0.5, Box(0, 0, 1, 1), 1),
    ]
    array = detection_array(messages, header(), found, [Point(x=0.5, y=-0.25, z=2.0), None])
    assert array.header == header()
    first, second = array.detections
    assert first.header == header()
    assert first.id == ''
    (result,) = first.results
    assert (result.hypothesis.class_id, result.hypothesis.score) == ('2', 0.9)
    assert result.pose.pose.position == Point(x=0.5, y=-0.25, z=2.0)
    assert result.pose.pose.orientation.w == 1.0
    centre = first.bbox.center
    assert (centre.position.x, centre.position.y, centre.theta) == (12.0, 23.0, 0.0)
    assert (first.bbox.size_x, first.bbox.size_y) == (4.0, 6.0)
    assert second.results[0].pose.pose.position == Point()


def test_nothing_found_is_an_empty_array(messages: Any) -> None:
    array = detection_array(messages, header(), [], [])
    assert array.header == header()
    assert list(array.detections) == []


def test_the_stand_ins_have_the_fields_of_the_real_package() -> None:
    real = pytest.importorskip('vision_msgs.msg', reason='vision_msgs has no wheel')
    for name, kind in vars(vision_stand_ins).items():
        if dataclasses.is_dataclass(kind):
            fields = [field.name for field in dataclasses.fields(kind)]
            assert fields == list(getattr(real, name).get_fields_and_field_types())


def test_the_package_is_named_as_apt_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('ROS_DISTRO', 'humble')
    assert how_to_install().endswith('apt install ros-humble-vision-msgs')


class Latched:
    """Takes the place of outputs, publisher and node."""

    def __init__(self) -> None:
        self.published: list[Any] = []
        self.topics: list[str] = []

    def latch(self, _kind: type, topic: str) -> Latched:
        self.topics.append(topic)
        return self

    def publish(self, message: Any) -> None:
        self.published.append(message)

    def get_clock(self) -> Any:
        from rclpy.clock import Clock

        return Clock()


def test_a_meaning_is_told_once_and_again_when_it_changes() -> None:
    latched = Latched()
    labels = LabelOutput(latched, latched, 'segmentation/label_info', vision_stand_ins)
    for names, threshold, told in (
        ({1: 'red'}, 0.0, 1),
        ({1: 'red'}, 0.0, 1),
        ({1: 'red', 2: 'blue'}, 0.0, 2),
        ({1: 'red', 2: 'blue'}, 0.5, 3),
        ({}, 0.5, 4),
    ):
        labels.tell(names, threshold)
        assert len(latched.published) == told
    assert latched.topics == ['segmentation/label_info']
    assert latched.published[-1].class_map == []
    assert latched.published[-1].header.stamp.sec > 0


def test_without_the_package_nothing_is_advertised() -> None:
    latched = Latched()
    LabelOutput(latched, latched, 'query/label_info', None).tell({1: 'red'}, 0.0)
    assert latched.topics == latched.published == []
