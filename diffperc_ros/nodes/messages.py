# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Between ROS messages and the values that flow through the package.

Pixels are copied once, straight into the array that a message already owns: assigning a NumPy
array to a `uint8[]` field would convert it element by element.
"""

from __future__ import annotations

import struct
from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from diffperc_ros.core.camera import Camera, camera_from_matrices
from diffperc_ros.core.errors import CameraError, FrameError
from diffperc_ros.core.frame import Stamp
from diffperc_ros.core.transforms import ImageTransform

_TYPES: dict[str, np.dtype[Any]] = {
    '32FC1': np.dtype('<f4'),
    '16UC1': np.dtype('<u2'),
    'rgb8': np.dtype('u1'),
    'mono8': np.dtype('u1'),
}
_CDR_HEADER_BYTES = 4


def stamp_of_message(message: Any) -> Stamp:
    """Return the header stamp of a message, bit for bit."""
    return Stamp(message.header.stamp.sec, message.header.stamp.nanosec)


def stamp_of_serialized(data: bytes) -> Stamp:
    """Return the stamp of a serialized message that begins with a std_msgs/Header.

    An image that is not going to be used need not be deserialized to know when it was taken.

    Parameters
    ----------
    data : CDR: four bytes of encapsulation, of which the second tells the byte order, then sec
        (int32) and nanosec (uint32).

    Raises
    ------
    FrameError : too few bytes.
    """
    order = '<' if data[1:2] == b'\x01' else '>'
    try:
        return Stamp(*struct.unpack_from(order + 'iI', data, _CDR_HEADER_BYTES))
    except struct.error as error:
        raise FrameError(f'a message of {len(data)} bytes has no header') from error


class ImageMessage:
    """An outgoing image whose memory is used again for every frame of the same size.

    Publishing serializes before it returns, so the buffer is free again afterwards.

    Parameters
    ----------
    encoding : '32FC1', '16UC1', 'mono8' or 'rgb8'.
    """

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._message = Image()
        self._pixels: NDArray[Any] = np.empty(0, _TYPES[encoding])

    def filled(self, header: Header, values: NDArray[Any]) -> Image:
        """Return the message with a copy of `values`, valid until the next call.

        Little endian, no row padding.

        Parameters
        ----------
        header : of the image that the values were computed from.
        values : (height, width) or (height, width, 3) of the encoding's type.
        """
        if self._pixels.shape != values.shape:
            height, width = values.shape[:2]
            row = values.nbytes // height
            self._message = Image(
                height=height,
                width=width,
                encoding=self._encoding,
                is_bigendian=0,
                step=row,
                data=array('B', bytes(height * row)),
            )
            view = np.frombuffer(self._message.data, _TYPES[self._encoding])
            self._pixels = view.reshape(values.shape)
        np.copyto(self._pixels, values, casting='equiv')
        self._message.header = header
        return self._message


def output_camera_info(
    header: Header, camera: Camera, transform: ImageTransform, source: CameraInfo | None
) -> CameraInfo:
    """Return the camera_info of a published image.

    Parameters
    ----------
    header : of the image that it was computed from.
    camera : intrinsics of that image.
    transform : from that image to the published one.
    source : the camera_info of an image that is not rectified, whose distortion, R and K are then
        passed on; None for a rectified image: no distortion, R identity, K the left part of P.
    """
    rectified = transform.camera(camera)
    seen = rectified
    info = CameraInfo(header=header, width=rectified.width, height=rectified.height)
    info.distortion_model = 'plumb_bob'
    info.d = [0.0] * 5
    info.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    if source is not None:
        info.distortion_model, info.d, info.r = source.distortion_model, source.d, source.r
        seen = transform.camera(_camera_of_k(camera, source))
    info.k = [seen.fx, 0.0, seen.cx, 0.0, seen.fy, seen.cy, 0.0, 0.0, 1.0]
    info.p = [
        rectified.fx, 0.0, rectified.cx, rectified.baseline_x,
        0.0, rectified.fy, rectified.cy, 0.0,
        0.0, 0.0, 1.0, 0.0,
    ]  # fmt: skip
    return info


def _camera_of_k(camera: Camera, source: CameraInfo) -> Camera:
    """Return the intrinsics in K where the image shows the whole sensor, else those in P."""
    if (source.width, source.height) != (camera.width, camera.height):
        return camera
    try:
        return camera_from_matrices(camera.width, camera.height, source.k, [0.0] * 12)
    except CameraError:
        return camera
