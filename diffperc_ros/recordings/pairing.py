# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which camera_info belongs to an image."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.errors import CameraError
from diffperc_ros.core.frame import Stamp
from diffperc_ros.core.transforms import Size
from diffperc_ros.recordings.camera_info import camera_of_message
from diffperc_ros.recordings.report import ReadingReport


class CameraPairing:
    """The camera_info messages of one topic, asked for by the stamps of images.

    Parameters
    ----------
    topic : their topic, or None if there is none.
    messages : (stamp, serialized message) in the order of the stamps.
    decode : serialized message -> object with the fields of sensor_msgs/CameraInfo.
    report : counts what was reused and what was missing.
    """

    def __init__(
        self,
        topic: str | None,
        messages: Sequence[tuple[Stamp, bytes]],
        decode: Callable[[bytes], Any],
        report: ReadingReport,
    ) -> None:
        self._topic = topic
        self._messages = messages
        self._times = [stamp.nanoseconds for stamp, _ in messages]
        self._decode = decode
        self._report = report

    def camera(self, stamp: Stamp, size: Size) -> Camera | None:
        """Return the camera of an image of `size` stamped `stamp`.

        The camera_info of exactly that stamp is taken, or else the nearest older one. None if
        there is neither, if its intrinsics are of no use, or if it describes an image of another
        size.
        """
        try:
            camera = self._latest(stamp)
            if (camera.width, camera.height) != size:
                raise CameraError(
                    f'{self._topic}: camera_info is for {camera.width}x{camera.height} pixels, '
                    f'the image has {size[0]}x{size[1]}'
                )
        except CameraError as error:
            self._report.without_camera[str(error)] += 1
            return None
        return camera

    def _latest(self, stamp: Stamp) -> Camera:
        if self._topic is None:
            raise CameraError('no camera_info topic beside the image topic')
        place = bisect_right(self._times, stamp.nanoseconds) - 1
        if place < 0:
            raise CameraError(f'{self._topic}: no camera_info as old as the image')
        try:
            camera = camera_of_message(self._decode(self._messages[place][1]))
        except CameraError as error:
            raise CameraError(f'{self._topic}: {error}') from error
        if self._messages[place][0] != stamp:
            self._report.reused_camera_infos += 1
        return camera
