# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.bags import (
    CAMERA_INFO,
    COLOUR_TOPIC,
    COMPRESSED,
    CONTAINERS,
    DEPTH_TOPIC,
    FOCAL,
    FRAME_ID,
    IMAGE,
    INFO_TOPIC,
    Message,
    camera_info,
    compressed,
    drive,
    grey,
    packed,
    stamp,
    write_bag,
)

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.core.frame import Stamp
from diffperc_ros.recordings.order import Selection
from diffperc_ros.recordings.reader import RecordedFrame, open_recording
from diffperc_ros.recordings.report import ReadingReport


def frames_of(
    path: Path,
    info_topic: str | None = INFO_TOPIC,
    selection: Selection | None = None,
    topic: str = COLOUR_TOPIC,
) -> tuple[list[RecordedFrame], ReadingReport]:
    report = ReadingReport()
    with open_recording(path) as recording:
        frames = recording.frames(topic, info_topic, report, selection or Selection())
        return list(frames), report


def greys(frames: list[RecordedFrame]) -> list[int]:
    return [int(recorded.frame.image[0, 0, 0]) for recorded in frames]


@pytest.mark.parametrize('container', CONTAINERS)
def test_every_container_gives_the_same_frames(tmp_path: Path, container: str) -> None:
    path = write_bag(tmp_path, drive(4), container)

    frames, report = frames_of(path)
    with open_recording(path) as recording:
        depths = list(recording.depth_images(DEPTH_TOPIC))

    assert greys(frames) == [0, 40, 80, 120]
    assert [recorded.index for recorded in frames] == [0, 1, 2, 3]
    assert [recorded.frame.stamp.nanoseconds for recorded in frames] == [
        stamp(0.1 * index) for index in range(4)
    ]
    assert [recorded.receive_time_ns for recorded in frames] == [
        stamp(0.1 * index) + 3_000_000 for index in range(4)
    ]
    assert all(recorded.frame.frame_id == FRAME_ID for recorded in frames)
    assert all(
        recorded.frame.camera is not None and recorded.frame.camera.fx == FOCAL
        for recorded in frames
    )
    assert report == ReadingReport(images=4, selected=4)
    assert [float(depth.values[0, 0]) for depth in depths] == pytest.approx([1, 2, 3, 4])
    assert depths[2].stamp == frames[2].frame.stamp


def test_topics_have_type_encoding_and_count(tmp_path: Path) -> None:
    with open_recording(write_bag(tmp_path, drive(2))) as recording:
        assert [
            (topic.name, topic.type, topic.encoding, topic.count) for topic in recording.topics
        ] == [
            (DEPTH_TOPIC, IMAGE, '16UC1', 2),
            (INFO_TOPIC, CAMERA_INFO, '', 2),
            (COLOUR_TOPIC, IMAGE, 'rgb8', 2),
        ]


@pytest.mark.parametrize('container', ['mcap', 'mcap_chunks', 'sqlite3', 'ros1'])
@pytest.mark.parametrize(
    ('seconds', 'reversals', 'duplicates'),
    [
        ([0.0, 0.1, 0.2, 0.3], 0, 0),
        ([0.0, 0.2, 0.1, 0.3], 1, 0),
        ([0.3, 0.2, 0.1, 0.0], 3, 0),
        ([0.2, 0.3, 0.0, 0.1], 1, 0),
        ([0.0, 0.1, 0.1, 0.2], 0, 1),
        ([0.1, 0.0, 0.1, 0.0], 2, 2),
    ],
)
def test_stamps_out_of_order_are_put_in_order_and_counted(
    tmp_path: Path, container: str, seconds: list[float], reversals: int, duplicates: int
) -> None:
    messages = [
        Message(
            COLOUR_TOPIC,
            IMAGE,
            stamp(second),
            packed(grey(10 * place), 'rgb8'),
            received=stamp(10 + place),
        )
        for place, second in enumerate(seconds)
    ]

    frames, report = frames_of(write_bag(tmp_path, messages, container), None)

    expected = sorted(range(len(seconds)), key=seconds.__getitem__)
    assert greys(frames) == [10 * place for place in expected]
    assert [recorded.receive_time_ns for recorded in frames] == [
        stamp(10 + place) for place in expected
    ]
    assert (report.reversals, report.duplicates) == (reversals, duplicates)


@pytest.mark.parametrize('container', ['mcap', 'sqlite3', 'ros1'])
def test_equal_receive_times_keep_the_order_of_the_file(tmp_path: Path, container: str) -> None:
    messages = [
        Message(
            COLOUR_TOPIC,
            IMAGE,
            stamp(second),
            packed(grey(10 * place), 'rgb8'),
            received=stamp(5),
        )
        for place, second in enumerate([0.1, 0.0, 0.1, 0.0])
    ]

    frames, _ = frames_of(write_bag(tmp_path, messages, container), None)

    assert greys(frames) == [10, 30, 0, 20]


def test_stamp_bits_are_kept_even_beyond_a_second(tmp_path: Path) -> None:
    message = Message(COLOUR_TOPIC, IMAGE, 0, packed(grey(0), 'rgb8'), received=1)
    path = write_bag(tmp_path, [message])
    file = next(path.glob('*.mcap'))
    data = file.read_bytes()
    place = data.index(FRAME_ID.encode()) - 12
    odd = struct.pack('<iI', -5, 4_000_000_000)
    file.write_bytes(data[:place] + odd + data[place + 8 :])

    frames, _ = frames_of(path, None)

    assert frames[0].frame.stamp == Stamp(-5, 4_000_000_000)


def test_resolution_may_change_mid_stream(tmp_path: Path) -> None:
    sizes = [(64, 48), (128, 72), (31, 57)]
    messages = []
    for index, (width, height) in enumerate(sizes):
        time = stamp(index)
        pixels = packed(grey(0, width, height), 'rgb8')
        messages.append(Message(COLOUR_TOPIC, IMAGE, time, pixels))
        messages.append(Message(INFO_TOPIC, CAMERA_INFO, time, camera_info(width, height)))

    frames, _ = frames_of(write_bag(tmp_path, messages))

    assert [recorded.frame.size for recorded in frames] == sizes
    assert all(recorded.frame.camera for recorded in frames)


GOOD = packed(grey(0), 'rgb8')
BAD_IMAGES = [
    pytest.param({**GOOD, 'width': 0}, 'nothing to look at', id='zero width'),
    pytest.param({**GOOD, 'height': 0}, 'nothing to look at', id='zero height'),
    pytest.param({**GOOD, 'height': 47}, '9216 bytes', id='lying height'),
    pytest.param({**GOOD, 'width': 65}, 'step is 192', id='lying width'),
    pytest.param({**GOOD, 'data': GOOD['data'][:100]}, '100 bytes', id='too little data'),
    pytest.param({**GOOD, 'encoding': 'hsv8'}, "'hsv8'.*rgb8, bgr8", id='unknown encoding'),
]


@pytest.mark.parametrize(('fields', 'reason'), BAD_IMAGES)
def test_images_that_cannot_be_decoded_are_noted_and_the_rest_is_read(
    tmp_path: Path, fields: dict[str, Any], reason: str
) -> None:
    messages = [
        Message(COLOUR_TOPIC, IMAGE, stamp(0), packed(grey(10), 'rgb8')),
        Message(COLOUR_TOPIC, IMAGE, stamp(1), fields),
        Message(COLOUR_TOPIC, IMAGE, stamp(2), packed(grey(20), 'rgb8')),
    ]

    frames, report = frames_of(write_bag(tmp_path, messages), None)

    assert greys(frames) == [10, 20]
    assert [recorded.index for recorded in frames] == [0, 2]
    (unusable,) = report.unusable
    assert (unusable.index, unusable.stamp.nanoseconds) == (1, stamp(1))
    assert unusable.reason.startswith(f'{COLOUR_TOPIC}: ')
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(unusable.reason)


def test_a_broken_compressed_image_is_noted(tmp_path: Path) -> None:
    topic = f'{COLOUR_TOPIC}/compressed'
    broken = {**compressed(grey(50)), 'data': np.arange(40, dtype=np.uint8)}
    messages = [
        Message(topic, COMPRESSED, stamp(0), compressed(grey(50))),
        Message(topic, COMPRESSED, stamp(1), broken),
    ]

    frames, report = frames_of(write_bag(tmp_path, messages), None, topic=topic)

    assert greys(frames) == [50]
    assert '40 bytes' in report.unusable[0].reason


@pytest.mark.parametrize(
    ('selection', 'indices'),
    [
        (Selection(), [0, 1, 2, 3, 4, 5]),
        (Selection(start=0.2), [2, 3, 4, 5]),
        (Selection(end=0.2), [0, 1, 2]),
        (Selection(start=0.1, end=0.4, every=2), [1, 3]),
        (Selection(every=3), [0, 3]),
        (Selection(limit=2), [0, 1]),
        (Selection(start=9), []),
    ],
)
def test_a_selection_keeps_indices_and_cameras(
    tmp_path: Path, selection: Selection, indices: list[int]
) -> None:
    frames, report = frames_of(write_bag(tmp_path, drive(6)), selection=selection)

    assert [recorded.index for recorded in frames] == indices
    assert greys(frames) == [40 * index for index in indices]
    assert all(recorded.frame.camera for recorded in frames)
    assert (report.images, report.selected) == (6, len(indices))


def test_an_unknown_topic_is_named_with_those_there_are(tmp_path: Path) -> None:
    with (
        open_recording(write_bag(tmp_path, drive(1))) as recording,
        pytest.raises(RecordingError, match=rf'no topic /nowhere.*{COLOUR_TOPIC}'),
    ):
        next(recording.frames('/nowhere'))
