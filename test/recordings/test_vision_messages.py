# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from diffperc_ros.core.frame import Stamp
from diffperc_ros.core.results import Detection
from diffperc_ros.core.transforms import Box
from diffperc_ros.recordings.message_types import VISION_MESSAGES, message_types
from diffperc_ros.recordings.vision_messages import (
    detections_message,
    label_info_message,
    names_of_label_info,
)

STAMP = Stamp(3, 5)


def test_names_survive_a_recording() -> None:
    names = {1: 'floor', 254: 'cup \u00e0 th\u00e9'}
    types = message_types()
    message = label_info_message(names, 0.5, STAMP, 'optical')

    data = types.serialize_cdr(message, message.__msgtype__)
    again = types.deserialize_cdr(data, message.__msgtype__)

    assert names_of_label_info(again) == names
    assert (again.threshold, again.header.frame_id) == (0.5, 'optical')


@pytest.mark.parametrize(
    ('box', 'centre', 'size'),
    [
        (Box(0, 0, 1, 1), (0.5, 0.5), (1.0, 1.0)),
        (Box(10, 20, 4, 7), (12.0, 23.5), (4.0, 7.0)),
    ],
)
def test_a_box_is_its_centre_and_size(
    box: Box, centre: tuple[float, float], size: tuple[float, float]
) -> None:
    (found,) = detections_message([Detection(7, 0.25, box, 1)], STAMP, 'optical').detections

    assert (found.bbox.center.position.x, found.bbox.center.position.y) == centre
    assert (found.bbox.size_x, found.bbox.size_y) == size
    assert found.results[0].hypothesis.class_id == '7'
    assert found.results[0].hypothesis.score == 0.25
    assert found.results[0].pose.pose.orientation.w == 1.0
    assert (found.id, found.header.stamp.sec) == ('', 3)


def test_no_detections_are_a_message_too() -> None:
    message = detections_message([], STAMP, 'optical')
    types = message_types()

    data = types.serialize_cdr(message, message.__msgtype__)

    assert types.deserialize_cdr(data, message.__msgtype__).detections == []


@pytest.mark.parametrize('name', VISION_MESSAGES)
def test_a_definition_names_no_type_that_is_not_known(name: str) -> None:
    # Walks the whole definition, as whoever opens the recording elsewhere has to.
    assert message_types().generate_msgdef(f'vision_msgs/msg/{name}', ros_version=2)[0]
