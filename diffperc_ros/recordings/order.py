# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Messages in the order of their header stamps, without holding more than one of them."""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from rosbags.highlevel import AnyReader

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.core.frame import Stamp

if TYPE_CHECKING:
    from rosbags.interfaces import Connection


@dataclass(frozen=True)
class IndexEntry:
    """Where a message lies and when it was made.

    Parameters
    ----------
    stamp : header stamp.
    receive_time_ns : time at which the recorder got it.
    position : place among the messages that were asked for, in the order of the file.
    """

    stamp: Stamp
    receive_time_ns: int
    position: int


@dataclass(frozen=True)
class StampIndex:
    """Messages of one topic by header stamp.

    Parameters
    ----------
    entries : by stamp, then receive time, then order in the file.
    reversals : messages whose stamp lies before that of the message recorded before them.
    duplicates : messages whose stamp an earlier message has too.
    """

    entries: tuple[IndexEntry, ...]
    reversals: int
    duplicates: int


def index_stamps(reader: AnyReader, connections: Sequence[Connection]) -> StampIndex:
    """Read the stamps of all messages of one topic; images are not decoded.

    Raises
    ------
    RecordingError : a message is too short to hold a header.
    """
    entries = [
        IndexEntry(header_stamp(data, reader.is2, connection.topic), time, position)
        for position, (connection, time, data) in enumerate(reader.messages(connections))
    ]
    reversals = sum(
        later.stamp.nanoseconds < earlier.stamp.nanoseconds for earlier, later in pairwise(entries)
    )
    duplicates = len(entries) - len({entry.stamp for entry in entries})
    ordered = sorted(entries, key=lambda entry: (entry.stamp.nanoseconds, entry.position))
    return StampIndex(tuple(ordered), reversals, duplicates)


def read_in_order(
    reader: AnyReader, connections: Sequence[Connection], entries: Sequence[IndexEntry]
) -> Iterator[tuple[IndexEntry, bytes]]:
    """Yield every entry with its serialized message, in the order of `entries`.

    Stretches that lie in the file in that order are read as one stream; wherever the order of
    stamps leaves that of the file, the reader seeks. An ordered file is read straight through.
    """
    by_time = sorted(entries, key=lambda entry: (entry.receive_time_ns, entry.position))
    times = [entry.receive_time_ns for entry in by_time]
    for run in _runs(entries):
        wanted = {entry.position: entry for entry in run}
        start = min(entry.receive_time_ns for entry in run)
        stop = max(entry.receive_time_ns for entry in run) + 1
        passing = by_time[bisect_left(times, start) : bisect_left(times, stop)]
        positions = sorted(entry.position for entry in passing)
        messages = reader.messages(connections, start, stop)
        for position, (_, _, data) in zip(positions, messages, strict=True):
            if position in wanted:
                yield wanted[position], data


def header_stamp(data: bytes, is_cdr: bool, topic: str) -> Stamp:
    """Read the stamp of a serialized message that begins with a std_msgs/Header.

    Parameters
    ----------
    data : serialized message.
    is_cdr : True for ROS 2 (CDR of either byte order), False for ROS 1.
    topic : named in the error.

    Raises
    ------
    RecordingError : the message is too short to hold a header.
    """
    # CDR: four bytes of encapsulation, the second odd for little endian. ROS 1: a sequence number.
    layout = '<II' if not is_cdr else '<iI' if data[1:2] == b'\x01' else '>iI'
    try:
        return Stamp(*struct.unpack_from(layout, data, 4))
    except struct.error as error:
        raise RecordingError(
            f'{topic}: a message of {len(data)} bytes is too short to hold a header'
        ) from error


def _runs(entries: Sequence[IndexEntry]) -> Iterator[list[IndexEntry]]:
    """Cut `entries` where the next one does not follow in the file."""
    run: list[IndexEntry] = []
    for entry in entries:
        if run and entry.position != run[-1].position + 1:
            yield run
            run = []
        run.append(entry)
    if run:
        yield run
