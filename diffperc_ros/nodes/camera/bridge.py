# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pixels of live image messages: cv_bridge where it works, rosbags-image everywhere else.

Both ways give the same arrays. cv_bridge is only asked for encodings whose conversion is a mere
rearrangement of bytes; the rest (YUV, Bayer, 16 bit, compressed) it either does not know or
rounds in its own way, and a node must see what a replay of the same recording sees.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.recordings.images import decode_image, is_compressed

CV_BRIDGE_ENCODINGS = ('rgb8', 'bgr8', 'rgba8', 'bgra8', 'mono8')

Convert = Callable[..., NDArray[np.uint8]]


def image_of_message(message: Any) -> NDArray[np.uint8]:
    """Return the colours of a sensor_msgs/Image or sensor_msgs/CompressedImage.

    Returns
    -------
    uint8 (height, width, 3) RGB.

    Raises
    ------
    FrameError : unknown encoding, no pixels, dimensions that do not fit the data.
    """
    if not is_compressed(message) and message.encoding in CV_BRIDGE_ENCODINGS:
        convert = cv_bridge_converter()
        if convert is not None and _is_whole(message):
            return np.ascontiguousarray(convert(message, desired_encoding='rgb8'), np.uint8)
    return decode_image(message)


@cache
def cv_bridge_converter() -> Convert | None:
    """Return cv_bridge's conversion, or None where it is not installed or does not work.

    A cv_bridge that was compiled for another NumPy fails while it is imported or at its first
    image, in ways of its own; so it has to convert one image before it is trusted.
    """
    try:
        from cv_bridge import CvBridge

        convert: Convert = CvBridge().imgmsg_to_cv2
        probe = SimpleNamespace(
            height=1, width=1, encoding='bgr8', step=3, is_bigendian=0, data=b'\x03\x02\x01'
        )
        works = convert(probe, desired_encoding='rgb8').tolist() == [[[1, 2, 3]]]
    except Exception:  # whatever is wrong with it, there is another way
        return None
    return convert if works else None


def _is_whole(message: Any) -> bool:
    """Whether the dimensions fit the data, which cv_bridge does not check in words for users."""
    channels = {'mono8': 1, 'rgb8': 3, 'bgr8': 3}.get(message.encoding, 4)
    return bool(
        message.width > 0
        and message.height > 0
        and message.step >= message.width * channels
        and len(message.data) == message.height * message.step
    )
