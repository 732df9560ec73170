# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rosbags.highlevel import AnyReader

from diffperc_ros.core.errors import RecordingError, SettingError
from diffperc_ros.core.frame import NANOSECONDS, Stamp
from diffperc_ros.recordings.order import (
    Selection,
    header_stamp,
    index_stamps,
    read_in_order,
)


class ListReader:
    """Messages of one topic in the order of their receive times, as a bag gives them."""

    is2 = True

    def __init__(self, stamps: Sequence[int], receive_times: Sequence[int]) -> None:
        times = sorted(receive_times)
        self.stored = [
            (time, b'\0\1\0\0' + struct.pack('<iII', *divmod(stamp, NANOSECONDS), serial))
            for serial, (stamp, time) in enumerate(zip(stamps, times, strict=True))
        ]
        self.read = 0

    def messages(
        self, _connections: Any, start: int | None = None, stop: int | None = None
    ) -> Iterator[tuple[Any, int, bytes]]:
        for time, data in self.stored:
            if (start is None or time >= start) and (stop is None or time < stop):
                self.read += 1
                yield Connection, time, data


class Connection:
    topic = '/image'


def in_order(reader: ListReader) -> tuple[list[int], int]:
    """Return serial numbers in the order that was read, and how many messages that took."""
    source = cast(AnyReader, reader)
    index = index_stamps(source, [])
    reader.read = 0
    serials = []
    for entry, data in read_in_order(source, [], index):
        sec, nanosec, serial = struct.unpack('<iII', data[4:])
        assert entry.stamp == Stamp(sec, nanosec)
        assert entry.index == len(serials)
        serials.append(serial)
    return serials, reader.read


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_every_message_once_in_the_order_of_stamps(times: list[tuple[int, int]]) -> None:
    stamps = [stamp for stamp, _ in times]

    serials, _ = in_order(ListReader(stamps, [receive for _, receive in times]))

    assert serials == sorted(range(len(stamps)), key=stamps.__getitem__)


def test_an_ordered_file_is_read_straight_through() -> None:
    serials, read = in_order(ListReader(range(100), range(100)))

    assert serials == list(range(100))
    assert read == 100


def test_interleaved_halves_do_not_read_the_file_over_and_over() -> None:
    stamps = [*range(0, 200, 2), *range(1, 200, 2)]

    _, read = in_order(ListReader(stamps, range(200)))

    assert read == 200


@pytest.mark.parametrize(
    ('data', 'is_cdr', 'expected'),
    [
        (b'\0\1\0\0' + struct.pack('<iI', -3, 7), True, Stamp(-3, 7)),
        (b'\0\0\0\0' + struct.pack('>iI', -3, 7), True, Stamp(-3, 7)),
        (struct.pack('<III', 99, 4_000_000_000, 7), False, Stamp(4_000_000_000, 7)),
        (b'\0\1\0\0' + struct.pack('<iI', 3, 4_000_000_000), True, Stamp(3, 4_000_000_000)),
    ],
)
def test_header_stamp(data: bytes, is_cdr: bool, expected: Stamp) -> None:
    assert header_stamp(data, is_cdr, '/image') == expected


@pytest.mark.parametrize('data', [b'', b'\0\1\0\0', b'\0\1\0\0' + bytes(7)])
def test_a_message_without_header_is_named(data: bytes) -> None:
    with pytest.raises(RecordingError, match=f'/image: a message of {len(data)} bytes'):
        header_stamp(data, True, '/image')


@pytest.mark.parametrize(
    'wrong', [{'start': -1}, {'start': 2, 'end': 1}, {'end': -1}, {'every': 0}, {'limit': 0}]
)
def test_a_selection_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        Selection(**wrong)
