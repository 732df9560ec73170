# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What was met while the images of a recording were read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from diffperc_ros.core.frame import Stamp


@dataclass(frozen=True)
class UnusableImage:
    """An image that could not be decoded, and why.

    Parameters
    ----------
    stamp : of the message header.
    receive_time_ns : time at which the recorder got it.
    index : place in stamp order among all images of the topic, from 0.
    reason : sentence.
    """

    stamp: Stamp
    receive_time_ns: int
    index: int
    reason: str


@dataclass
class ReadingReport:
    """Counts that are filled as the iteration over a topic goes on.

    Parameters
    ----------
    images : images of the topic in the recording, known before the first is read.
    selected : images that were asked for, known before the first is read.
    reversals : images stamped earlier than the image recorded before them.
    duplicates : images whose stamp an earlier image has too.
    unusable : images that could not be decoded.
    reused_camera_infos : frames that took the nearest older camera_info, none having their stamp.
    without_camera : reason -> frames that have no camera because of it.
    """

    images: int = 0
    selected: int = 0
    reversals: int = 0
    duplicates: int = 0
    unusable: list[UnusableImage] = field(default_factory=list)
    reused_camera_infos: int = 0
    without_camera: Counter[str] = field(default_factory=Counter)
