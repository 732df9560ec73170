# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.bags import (
    CAMERA_INFO,
    COLOUR_TOPIC,
    IMAGE,
    INFO_TOPIC,
    Message,
    camera_info,
    grey,
    packed,
    stamp,
    write_bag,
)

from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.recordings.report import ReadingReport


def focals(
    folder: Path, infos: list[tuple[float, dict[str, Any]]], images: list[float]
) -> tuple[list[float | None], ReadingReport]:
    """Return the focal length that each image was given; None where it has no camera."""
    messages = [Message(INFO_TOPIC, CAMERA_INFO, stamp(time), fields) for time, fields in infos]
    messages += [
        Message(COLOUR_TOPIC, IMAGE, stamp(time), packed(grey(0), 'rgb8')) for time in images
    ]
    path = write_bag(folder, sorted(messages, key=lambda message: message.received_ns))
    report = ReadingReport()
    with open_recording(path) as recording:
        topic = INFO_TOPIC if infos else None
        frames = list(recording.frames(COLOUR_TOPIC, topic, report))
    return [recorded.frame.camera and recorded.frame.camera.fx for recorded in frames], report


@pytest.mark.parametrize(
    ('infos', 'expected', 'reused'),
    [
        pytest.param([(1, 10), (2, 20), (3, 30)], [10, 20, 30], 0, id='exact'),
        pytest.param([(0.5, 10)], [10, 10, 10], 3, id='one for all, older'),
        pytest.param([(1, 10), (2.5, 20)], [10, 10, 20], 2, id='nearest older, never newer'),
    ],
)
def test_the_camera_info_of_the_stamp_or_the_nearest_older_one(
    tmp_path: Path, infos: list[tuple[float, float]], expected: list[float], reused: int
) -> None:
    messages = [(time, camera_info(focal=focal)) for time, focal in infos]

    found, report = focals(tmp_path, messages, [1, 2, 3])

    assert found == expected
    assert report.reused_camera_infos == reused
    assert not report.without_camera


@pytest.mark.parametrize(
    ('infos', 'reason'),
    [
        pytest.param([], 'no camera_info topic', id='no topic'),
        pytest.param([(2, camera_info())], 'no camera_info as old as the image', id='too late'),
        pytest.param([(1, camera_info(128, 96))], '128x96 .* 64x48', id='another size'),
        pytest.param(
            [(1, camera_info(k=np.full(9, np.nan), p=np.full(12, np.nan)))],
            'no usable intrinsics',
            id='NaN',
        ),
        pytest.param(
            [(1, camera_info(k=np.zeros(9), p=np.zeros(12)))], r'K\[0\]=0.0', id='zero K'
        ),
    ],
)
def test_a_frame_without_usable_camera_info_has_no_camera_and_a_reason(
    tmp_path: Path, infos: list[tuple[float, dict[str, Any]]], reason: str
) -> None:
    found, report = focals(tmp_path, infos, [1])

    assert found == [None]
    ((text, count),) = report.without_camera.items()
    assert count == 1
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(text)


def test_the_first_good_camera_info_mends_it(tmp_path: Path) -> None:
    infos = [(1, camera_info(k=np.zeros(9), p=np.zeros(12))), (2, camera_info(focal=50))]

    found, report = focals(tmp_path, infos, [1, 2])

    assert found == [None, 50]
    assert sum(report.without_camera.values()) == 1
