# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The compressedDepth format of ROS's compressed_depth_image_transport.

Twelve bytes of header (a format number and two float32 quantisation parameters), then a 16-bit
image as PNG or RVL. Depth of 32FC1 was quantised to 16 bits as `count = a / depth + b` before.
"""

from __future__ import annotations

import struct
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import FrameError
from diffperc_ros.recordings.rvl import decode_rvl

_HEADER = struct.Struct('<iff')
_PNG_MAGIC = b'\x89PNG'


def decode_compressed_depth(image_format: str, data: bytes) -> NDArray[Any]:
    """Decode the data of a compressed depth image.

    Parameters
    ----------
    image_format : field `format`, such as '16UC1; compressedDepth png'.
    data : field `data`; a PNG without the header is accepted too, as drivers write it.

    Returns
    -------
    uint16 (height, width) counts, 0 where there is no measurement; or float32 (height, width)
    metres, NaN where there is no measurement, if the format says 32FC1.

    Raises
    ------
    FrameError : data that cannot be decoded.
    """
    has_header = not data.startswith(_PNG_MAGIC)
    picture = data[_HEADER.size :] if has_header else data
    if 'compressedDepth rvl' in image_format:
        counts = decode_rvl(picture)
    else:
        counts = _decode_png(picture, image_format)
    if not image_format.startswith('32FC1'):
        return counts
    if not has_header:
        raise FrameError(
            f"compressed depth of format '{image_format}' lacks its header with the quantisation"
        )
    _, a, b = _HEADER.unpack_from(data)
    with np.errstate(divide='ignore'):
        metres = np.float32(a) / (counts.astype(np.float32) - np.float32(b))
    metres[counts == 0] = np.nan
    return np.asarray(metres, np.float32)


def _decode_png(picture: bytes, image_format: str) -> NDArray[np.uint16]:
    samples = np.frombuffer(picture, np.uint8)
    counts = cv2.imdecode(samples, cv2.IMREAD_UNCHANGED) if samples.size else None
    if counts is None or counts.ndim != 2 or counts.dtype != np.uint16:
        raise FrameError(
            f"{len(picture)} bytes of compressed depth (format '{image_format}') are not a 16-bit "
            'PNG of one channel'
        )
    return np.asarray(counts, np.uint16)
