# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Image messages as arrays: one adapter for bags and live topics.

Works on any object with the fields of sensor_msgs/Image or sensor_msgs/CompressedImage, whoever
made it (rosbags, rclpy). Row padding (`step`) and byte order (`is_bigendian`) are honoured. Colour
conversion is that of rosbags-image; reading the pixels out of the message is done here, because
rosbags-image 0.10.4 ignores `step` and gives NV12 too few rows.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rosbags.image.image import convert_color

from diffperc_ros.core.errors import FrameError
from diffperc_ros.core.results import depth_from_millimetres
from diffperc_ros.recordings.compressed_depth import decode_compressed_depth

_BAYER_PATTERNS = ('rggb', 'bggr', 'gbrg', 'grbg')
_COLOUR_LAYOUTS: dict[str, tuple[str, int, str]] = {
    'rgb8': ('u1', 3, 'rgb8'),
    'bgr8': ('u1', 3, 'bgr8'),
    'rgba8': ('u1', 4, 'rgba8'),
    'bgra8': ('u1', 4, 'bgra8'),
    'mono8': ('u1', 1, 'mono8'),
    '8UC3': ('u1', 3, 'bgr8'),
    '8UC1': ('u1', 1, 'mono8'),
    'yuv422': ('u1', 2, 'uyvy'),
    'uyvy': ('u1', 2, 'uyvy'),
    'yuv422_yuy2': ('u1', 2, 'yuyv'),
    'yuyv': ('u1', 2, 'yuyv'),
    'nv12': ('u1', 1, 'nv12'),
    'rgb16': ('u2', 3, 'rgb16'),
    'bgr16': ('u2', 3, 'bgr16'),
    'mono16': ('u2', 1, 'mono16'),
    **{f'bayer_{name}8': ('u1', 1, f'bayer_{name}8') for name in _BAYER_PATTERNS},
    **{f'bayer_{name}16': ('u2', 1, f'bayer_{name}16') for name in _BAYER_PATTERNS},
}
"""Encoding -> type of a channel, channels a pixel, name of the same thing in rosbags-image.

8UC3 says nothing about the order of its channels; OpenCV, which such messages come from, means
blue, green, red.
"""

COLOUR_ENCODINGS = tuple(_COLOUR_LAYOUTS)
"""Encodings of sensor_msgs/Image that `decode_image` accepts."""

DEPTH_ENCODINGS = ('16UC1', 'mono16', '32FC1')
"""Encodings of sensor_msgs/Image that `decode_depth` accepts."""

MASK_ENCODINGS = ('mono8', '8UC1', 'mono16', '16UC1')
"""Encodings of sensor_msgs/Image that `decode_mask` accepts."""


def is_compressed(message: Any) -> bool:
    """Whether the message is a sensor_msgs/CompressedImage and not a sensor_msgs/Image."""
    return hasattr(message, 'format')


def decode_image(message: Any) -> NDArray[np.uint8]:
    """Return the colours of an image message.

    Grey images become three equal channels; 16-bit channels are scaled by their full range,
    whatever part of it a sensor uses.

    Parameters
    ----------
    message : fields of sensor_msgs/Image with an encoding of `COLOUR_ENCODINGS`, or of
        sensor_msgs/CompressedImage with a picture that OpenCV reads (JPEG, PNG, WebP).

    Returns
    -------
    uint8 (height, width, 3) RGB, contiguous, owned by the caller.

    Raises
    ------
    FrameError : unknown encoding, no pixels, dimensions that do not fit the data, or a compressed
        picture that cannot be decoded.
    """
    if is_compressed(message):
        return _decode_compressed(message)
    if message.encoding not in _COLOUR_LAYOUTS:
        raise FrameError(
            f"encoding '{message.encoding}' is not a colour image; accepted are: "
            f'{", ".join(COLOUR_ENCODINGS)}, and compressed images'
        )
    kind, channels, name = _COLOUR_LAYOUTS[message.encoding]
    pixels = _pixels(message, kind, channels)
    try:
        if kind == 'u2':
            return _eight_bits(np.asarray(convert_color(pixels, name, 'rgb16')))
        converted = np.asarray(convert_color(pixels, name, 'rgb8'), np.uint8)
    except cv2.error as error:
        raise FrameError(
            f'an image of {message.width}x{message.height} pixels cannot have the encoding '
            f"'{message.encoding}', which stores pixels in pairs or quads"
        ) from error
    return converted.copy() if np.may_share_memory(converted, pixels) else converted


def decode_depth(message: Any, unit: float = 0.001) -> NDArray[np.float32]:
    """Return the depth of an image message.

    Parameters
    ----------
    message : fields of sensor_msgs/Image with an encoding of `DEPTH_ENCODINGS`, or of
        sensor_msgs/CompressedImage as compressed_depth_image_transport writes it.
    unit : metres per count of 16-bit depth (0.001 by REP 118; some cameras use others).

    Returns
    -------
    float32 (height, width) metres; NaN where there is no measurement (0, negative, NaN or
    -infinity in the message), +infinity where the message says so (beyond range, REP 117).

    Raises
    ------
    FrameError : unknown encoding, no pixels, dimensions that do not fit the data, or a compressed
        depth image that cannot be decoded.
    """
    if is_compressed(message):
        values = decode_compressed_depth(message.format, bytes(message.data))
    elif message.encoding in ('16UC1', 'mono16'):
        values = _pixels(message, 'u2', 1)
    elif message.encoding == '32FC1':
        values = _pixels(message, 'f4', 1)
    else:
        raise FrameError(
            f"encoding '{message.encoding}' is not depth; accepted are: "
            f'{", ".join(DEPTH_ENCODINGS)}, and compressedDepth'
        )
    if values.dtype == np.uint16:
        return depth_from_millimetres(values, unit)
    with np.errstate(invalid='ignore'):
        return np.where(values > 0, values, np.float32(np.nan)).astype(np.float32, copy=False)


def decode_mask(message: Any) -> NDArray[np.uint16]:
    """Return the numbers of a mask of classes or instances, as they stand in the message.

    Parameters
    ----------
    message : fields of sensor_msgs/Image with an encoding of `MASK_ENCODINGS`.

    Returns
    -------
    uint16 (height, width).

    Raises
    ------
    FrameError : another encoding, no pixels, or dimensions that do not fit the data.
    """
    if is_compressed(message) or message.encoding not in MASK_ENCODINGS:
        found = message.format if is_compressed(message) else message.encoding
        raise FrameError(
            f"'{found}' is not a mask; accepted are images of {', '.join(MASK_ENCODINGS)}"
        )
    kind = 'u1' if message.encoding in ('mono8', '8UC1') else 'u2'
    return np.asarray(_pixels(message, kind, 1), np.uint16)


def _pixels(message: Any, kind: str, channels: int) -> NDArray[Any]:
    """Return the samples of a raw image: (rows, width[, channels]) in native byte order."""
    width, height, step = int(message.width), int(message.height), int(message.step)
    if width <= 0 or height <= 0:
        raise FrameError(f'image of {width}x{height} pixels: nothing to look at')
    dtype = np.dtype(kind).newbyteorder('>' if message.is_bigendian else '<')
    row_bytes = width * channels * dtype.itemsize
    if step < row_bytes:
        raise FrameError(
            f"field step is {step}, but a row of {width} pixels in '{message.encoding}' takes "
            f'{row_bytes} bytes'
        )
    rows = height * 3 // 2 if message.encoding == 'nv12' else height
    data = np.frombuffer(message.data, np.uint8)
    if data.size != rows * step:
        raise FrameError(
            f'field data holds {data.size} bytes, but {rows} rows of step {step} take '
            f"{rows * step} ({width}x{height} pixels, '{message.encoding}')"
        )
    samples = np.ascontiguousarray(data.reshape(rows, step)[:, :row_bytes]).view(dtype)
    samples = samples.astype(dtype.newbyteorder('='), copy=False)
    return samples if channels == 1 else samples.reshape(rows, width, channels)


def _decode_compressed(message: Any) -> NDArray[np.uint8]:
    data = np.frombuffer(message.data, np.uint8)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
    decoded = None if data.size == 0 else cv2.imdecode(data, flags)
    if decoded is None:
        raise FrameError(
            f"{data.size} bytes of compressed image (format '{message.format}') are not a picture "
            'that can be decoded; accepted are JPEG, PNG and WebP'
        )
    # image_transport writes 'rgb8; jpeg compressed bgr8': the last word is the order in which the
    # channels were handed to the encoder, and encoders are handed blue first unless it says rgb.
    holds_rgb = 'rgb' in message.format.partition('compressed')[2]
    picture = decoded if holds_rgb else cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    if picture.dtype == np.uint16:
        return _eight_bits(np.asarray(picture, np.uint16))
    if picture.dtype != np.uint8:
        raise FrameError(f'compressed image of {picture.dtype} samples; 8 or 16 bits are accepted')
    return np.asarray(picture, np.uint8)


def _eight_bits(samples: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Scale 0..65535 to 0..255, rounded."""
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)
