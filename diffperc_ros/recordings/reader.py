# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings: frames with their cameras, and recorded depth, in the order of their stamps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import FrameError, RecordingError
from diffperc_ros.core.frame import Frame, Stamp
from diffperc_ros.recordings.bags import OpenBag, open_bag
from diffperc_ros.recordings.images import decode_depth, decode_image, decode_mask
from diffperc_ros.recordings.order import (
    EVERYTHING,
    IndexEntry,
    Selection,
    StampIndex,
    index_stamps,
    read_in_order,
)
from diffperc_ros.recordings.pairing import CameraPairing
from diffperc_ros.recordings.report import ReadingReport, UnusableImage
from diffperc_ros.recordings.topics import COMPRESSED_IMAGE_TYPE, IMAGE_TYPE, Topic

if TYPE_CHECKING:
    from rosbags.interfaces import Connection

Item = TypeVar('Item')


@dataclass(frozen=True, eq=False)
class RecordedFrame:
    """A frame of a recording.

    Parameters
    ----------
    frame : image, stamp, camera.
    receive_time_ns : time at which the recorder got the image.
    index : place in stamp order among all images of the topic, from 0; images that could not be
        decoded have one too.
    """

    frame: Frame
    receive_time_ns: int
    index: int


@dataclass(frozen=True, eq=False)
class RecordedDepth:
    """A depth image of a recording.

    Parameters
    ----------
    values : float32 (height, width) metres along the optical axis; NaN where there is no
        measurement, +infinity where the recording says 'beyond range'.
    stamp, frame_id : of the message header.
    receive_time_ns : time at which the recorder got it.
    index : place in stamp order among all images of the topic, from 0.
    """

    values: NDArray[np.float32]
    stamp: Stamp
    frame_id: str
    receive_time_ns: int
    index: int


@dataclass(frozen=True, eq=False)
class RecordedMask:
    """A mask of a recording.

    Parameters
    ----------
    values : uint16 (height, width), numbers of classes, phrases or instances.
    stamp, frame_id : of the message header.
    receive_time_ns : time at which the recorder got it.
    index : place in stamp order among all images of the topic, from 0.
    """

    values: NDArray[np.uint16]
    stamp: Stamp
    frame_id: str
    receive_time_ns: int
    index: int


@contextmanager
def open_recording(path: Path) -> Iterator[Recording]:
    """Open a recording of any container that `open_bag` reads.

    Raises
    ------
    RecordingError : nothing there, not a recording, damaged beyond reading, or without messages.
    """
    with open_bag(path) as bag:
        if bag.reader.message_count == 0:
            raise RecordingError(f'{path}: the recording holds no messages')
        yield Recording(path, bag)


class Recording:
    """An open recording; made by `open_recording`.

    Parameters
    ----------
    path : where it lies.
    bag : its messages, what is unusual about it, what could not be read; owned by the caller.
    """

    def __init__(self, path: Path, bag: OpenBag) -> None:
        self.path = path
        self.notes = bag.notes
        self.losses = bag.losses
        self._reader = bag.reader
        self.topics = tuple(self._topic(name) for name in sorted(bag.reader.topics))

    def frames(
        self,
        image_topic: str,
        camera_info_topic: str | None = None,
        report: ReadingReport | None = None,
        selection: Selection = EVERYTHING,
    ) -> Iterator[RecordedFrame]:
        """Yield every image of a topic exactly once, in the order of the stamps.

        Images that cannot be decoded are noted in the report and left out. A frame takes the
        camera_info of exactly its stamp, or else the nearest older one; where there is none, or
        it cannot be used, the frame has no camera and the report says why.

        Parameters
        ----------
        image_topic, camera_info_topic : names of topics of this recording, as
            `choose_image_topic` and `choose_camera_info_topic` find them.
        report : filled while frames are read.
        selection : the part of the recording that is wanted.

        Raises
        ------
        RecordingError : no such topic, or the recording is damaged.
        """
        report = ReadingReport() if report is None else report
        pairing = self._pairing(camera_info_topic, report)

        def frame(message: Any, entry: IndexEntry) -> RecordedFrame:
            image = decode_image(message)
            camera = pairing.camera(entry.stamp, (int(image.shape[1]), int(image.shape[0])))
            recorded = Frame(image, entry.stamp, message.header.frame_id, camera)
            return RecordedFrame(recorded, entry.receive_time_ns, entry.index)

        yield from self._decoded(image_topic, frame, report, selection)

    def depth_images(
        self,
        topic: str,
        unit: float = 0.001,
        report: ReadingReport | None = None,
        selection: Selection = EVERYTHING,
    ) -> Iterator[RecordedDepth]:
        """Yield every depth image of a topic exactly once, in the order of the stamps.

        Parameters
        ----------
        topic : name of a depth topic of this recording, as `choose_depth_topic` finds it.
        unit : metres per count of 16-bit depth.
        report : filled while images are read; those that cannot be decoded are left out.
        selection : the part of the recording that is wanted.

        Raises
        ------
        RecordingError : no such topic, or the recording is damaged.
        """

        def depth(message: Any, entry: IndexEntry) -> RecordedDepth:
            values, frame_id = decode_depth(message, unit), message.header.frame_id
            return RecordedDepth(values, entry.stamp, frame_id, entry.receive_time_ns, entry.index)

        report = ReadingReport() if report is None else report
        yield from self._decoded(topic, depth, report, selection)

    def masks(self, topic: str, report: ReadingReport | None = None) -> Iterator[RecordedMask]:
        """Yield every mask of a topic exactly once, in the order of the stamps.

        Parameters
        ----------
        topic : name of a topic of this recording, as `masks.choose_labels` and its like find it.
        report : filled while masks are read; those that cannot be decoded are left out.

        Raises
        ------
        RecordingError : no such topic, or the recording is damaged.
        """

        def mask(message: Any, entry: IndexEntry) -> RecordedMask:
            frame_id = message.header.frame_id
            values = decode_mask(message)
            return RecordedMask(values, entry.stamp, frame_id, entry.receive_time_ns, entry.index)

        report = ReadingReport() if report is None else report
        yield from self._decoded(topic, mask, report, EVERYTHING)

    def messages(self, topic: str) -> list[Any]:
        """Return all messages of a topic in the order of recording; for topics with few.

        Raises
        ------
        RecordingError : no such topic, or the recording is damaged.
        """
        with self._damage_named(topic):
            found = self._reader.messages(self._connections(topic))
            return [self._message(topic, data) for _, _, data in found]

    def stamps(self, topic: str) -> StampIndex:
        """Return the stamps of all messages of a topic.

        Raises
        ------
        RecordingError : no such topic, messages without a header, or the recording is damaged.
        """
        with self._damage_named(topic):
            return index_stamps(self._reader, self._connections(topic))

    def _decoded(
        self,
        topic: str,
        make: Callable[[Any, IndexEntry], Item],
        report: ReadingReport,
        selection: Selection,
    ) -> Iterator[Item]:
        stamps = self.stamps(topic)
        report.images, report.selected = len(stamps.entries), len(selection.of(stamps))
        report.reversals, report.duplicates = stamps.reversals, stamps.duplicates
        for entry, data in self._read(topic, stamps, selection):
            try:
                item = make(self._message(topic, data), entry)
            except FrameError as error:
                reason = f'{topic}: {error}'
                report.unusable.append(
                    UnusableImage(entry.stamp, entry.receive_time_ns, entry.index, reason)
                )
            else:
                yield item

    def _pairing(self, topic: str | None, report: ReadingReport) -> CameraPairing:
        if topic is None:
            return CameraPairing(None, [], lambda data: data, report)
        messages = [(entry.stamp, data) for entry, data in self._read(topic, self.stamps(topic))]
        return CameraPairing(topic, messages, lambda data: self._message(topic, data), report)

    def _read(
        self, topic: str, stamps: StampIndex, selection: Selection = EVERYTHING
    ) -> Iterator[tuple[IndexEntry, bytes]]:
        with self._damage_named(topic):
            yield from read_in_order(self._reader, self._connections(topic), stamps, selection)

    def _message(self, topic: str, data: bytes) -> Any:
        try:
            return self._reader.deserialize(data, self._connections(topic)[0].msgtype)
        except Exception as error:
            raise FrameError(
                f'{len(data)} bytes are not a message of the topic: {error}'
            ) from error

    def _connections(self, topic: str) -> list[Connection]:
        found = [
            connection for connection in self._reader.connections if connection.topic == topic
        ]
        if not found:
            known = ', '.join(topic.name for topic in self.topics)
            raise RecordingError(f'{self.path}: no topic {topic}; there are: {known}')
        return found

    def _topic(self, name: str) -> Topic:
        info = self._reader.topics[name]
        encoding = ''
        if info.msgtype in (IMAGE_TYPE, COMPRESSED_IMAGE_TYPE) and info.msgcount:
            with self._damage_named(name):
                _, _, data = next(self._reader.messages(info.connections))
            message = self._message(name, data)
            encoding = message.encoding if info.msgtype == IMAGE_TYPE else message.format
        return Topic(name, info.msgtype or 'several types', encoding, info.msgcount)

    @contextmanager
    def _damage_named(self, topic: str) -> Iterator[None]:
        """Name the place for whatever a reading library raises on damaged bytes."""
        try:
            yield
        except RecordingError:
            raise
        except Exception as error:
            raise RecordingError(
                f'{self.path}: damaged while reading {topic}: {type(error).__name__}: {error}'
            ) from error
