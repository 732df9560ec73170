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

from diffperc_ros.core.errors import RecordingError, SettingError
from diffperc_ros.core.frame import NANOSECONDS, Stamp

if TYPE_CHECKING:
    from rosbags.interfaces import Connection


@dataclass(frozen=True)
class IndexEntry:
    """Where a message lies and when it was made.

    Parameters
    ----------
    stamp : header stamp.
    receive_time_ns : time at which the recorder got it.
    position : place among the messages of the topic in the order of the file, from 0.
    index : place among the messages of the topic in the order of stamps, from 0.
    """

    stamp: Stamp
    receive_time_ns: int
    position: int
    index: int


@dataclass(frozen=True)
class StampIndex:
    """Messages of one topic by header stamp.

    Parameters
    ----------
    entries : by stamp; equal stamps in the order of the file, which is that of receive times.
    reversals : messages whose stamp lies before that of the message recorded before them.
    duplicates : messages whose stamp an earlier message has too.
    """

    entries: tuple[IndexEntry, ...]
    reversals: int
    duplicates: int


@dataclass(frozen=True)
class Selection:
    """Which part of a recording is wanted.

    Parameters
    ----------
    start, end : seconds after the first stamp of the topic, both inclusive; None: no limit.
    every : take one message of so many, the first of them.
    limit : take no more messages than that; None: no limit.

    Raises
    ------
    SettingError : a negative time, an end before the start, or a number below one.
    """

    start: float | None = None
    end: float | None = None
    every: int = 1
    limit: int | None = None

    def __post_init__(self) -> None:
        start = self.start or 0.0
        if start < 0 or (self.end is not None and self.end < start):
            raise SettingError(
                f'0 <= start <= end must hold in seconds, not {self.start} and {self.end}'
            )
        if self.every < 1 or (self.limit is not None and self.limit < 1):
            raise SettingError(
                f'every and limit count from 1; they are {self.every} and {self.limit}'
            )

    def of(self, index: StampIndex) -> tuple[IndexEntry, ...]:
        """Return the wanted entries of an index."""
        if not index.entries:
            return ()
        first = index.entries[0].stamp.nanoseconds
        start = first + round((self.start or 0.0) * NANOSECONDS)
        end = None if self.end is None else first + round(self.end * NANOSECONDS)
        inside = [
            entry
            for entry in index.entries
            if start <= entry.stamp.nanoseconds and (end is None or entry.stamp.nanoseconds <= end)
        ]
        return tuple(inside[:: self.every][: self.limit])


EVERYTHING = Selection()


def index_stamps(reader: AnyReader, connections: Sequence[Connection]) -> StampIndex:
    """Read the stamps of all messages of one topic; images are not decoded.

    Raises
    ------
    RecordingError : a message is too short to hold a header.
    """
    found = [
        (header_stamp(data, reader.is2, connection.topic), time)
        for connection, time, data in reader.messages(connections)
    ]
    times = [stamp.nanoseconds for stamp, _ in found]
    # By stamp; sorting is stable, so that equal stamps keep the order of the file.
    positions = sorted(range(len(found)), key=times.__getitem__)
    return StampIndex(
        entries=tuple(
            IndexEntry(*found[position], position, index)
            for index, position in enumerate(positions)
        ),
        reversals=sum(later < earlier for earlier, later in pairwise(times)),
        duplicates=len(found) - len({stamp for stamp, _ in found}),
    )


def read_in_order(
    reader: AnyReader,
    connections: Sequence[Connection],
    index: StampIndex,
    selection: Selection = EVERYTHING,
) -> Iterator[tuple[IndexEntry, bytes]]:
    """Yield the wanted entries with their serialized messages, in the order of the stamps.

    Stretches that lie in the file in that order are read as one stream; wherever the order of
    stamps leaves that of the file, the reader seeks. An ordered file is read straight through.
    """
    by_time = sorted(index.entries, key=lambda entry: (entry.receive_time_ns, entry.position))
    times = [entry.receive_time_ns for entry in by_time]
    for run in _runs(selection.of(index)):
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
