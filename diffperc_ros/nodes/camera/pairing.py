# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Finding the camera_info of an image."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from diffperc_ros.core.frame import Stamp

REMEMBERED_INFOS = 30
WINDOW_S = 0.1


@dataclass(frozen=True)
class Pair:
    """The camera_info that was found for an image.

    Parameters
    ----------
    info : sensor_msgs/CameraInfo.
    exact : whether it bears the image's very stamp.
    """

    info: Any
    exact: bool


class CameraInfoPairing:
    """Pairs images and camera_info by exact stamp; falls back to the latest camera_info.

    An image usually overtakes its camera_info, so `find` waits for it, but no longer than a short
    window, and no more at all while the stamps of the two topics are seen not to match (a driver
    that publishes one latched camera_info): then the latest is as good as it gets.

    What is remembered is a number of arrivals, not a span of time: a clock that jumps, as when a
    recording is looped, neither stalls the pairing nor calls for it to be emptied, which would
    lose what has just come.

    Parameters
    ----------
    window_s : seconds `find` may wait.
    """

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._infos: deque[tuple[Stamp, Any]] = deque(maxlen=REMEMBERED_INFOS)
        self._changed = threading.Condition()
        self._missed: Stamp | None = None
        self._waits = True
        self._closed = False

    def add(self, stamp: Stamp, info: Any) -> None:
        """Remember a camera_info."""
        with self._changed:
            self._infos.append((stamp, info))
            if stamp == self._missed:
                self._waits = True
            self._changed.notify_all()

    def find(self, stamp: Stamp) -> Pair | None:
        """Return the camera_info for the image with this stamp; None if there is none at all."""
        with self._changed:
            if self._waits:
                self._changed.wait_for(
                    lambda: self._closed or self._with(stamp) is not None, self._window_s
                )
            info = self._with(stamp)
            if info is not None:
                self._waits = True
                return Pair(info, exact=True)
            self._waits = False
            self._missed = stamp
            return Pair(self._infos[-1][1], exact=False) if self._infos else None

    def close(self) -> None:
        """Release whoever waits in `find`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _with(self, stamp: Stamp) -> Any | None:
        return next((info for known, info in reversed(self._infos) if known == stamp), None)
