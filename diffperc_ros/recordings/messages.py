# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ROS 2 messages made from arrays and values, without a ROS installation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.frame import Stamp
from diffperc_ros.recordings.message_types import STRING_TYPE, header, message_types
from diffperc_ros.recordings.topics import CAMERA_INFO_TYPE, IMAGE_TYPE

_DISTORTION_MODELS = {4: 'equidistant', 5: 'plumb_bob', 8: 'rational_polynomial'}
"""Number of coefficients -> the model that camera_calibration writes with that many."""


def image_message(pixels: NDArray[Any], encoding: str, stamp: Stamp, frame_id: str) -> Any:
    """Return a sensor_msgs/Image: little endian, rows without padding.

    Parameters
    ----------
    pixels : (height, width) or (height, width, channels) of the type that `encoding` names.
    encoding : as in sensor_msgs/image_encodings.
    stamp, frame_id : of the header.
    """
    height, width = pixels.shape[:2]
    samples = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder('<'))
    return message_types().types[IMAGE_TYPE](
        header=header(stamp, frame_id),
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=0,
        step=samples.nbytes // height,
        data=samples.reshape(-1).view(np.uint8),
    )


def camera_info_message(camera: Camera, stamp: Stamp, frame_id: str) -> Any:
    """Return a sensor_msgs/CameraInfo of the image as it is: no binning, no region.

    D is five zeros for a rectified image, else the recorded coefficients.
    """
    types = message_types().types
    distortion = camera.distortion if any(camera.distortion) else (0.0,) * 5
    k = [camera.fx, 0, camera.cx, 0, camera.fy, camera.cy, 0, 0, 1]
    p = [camera.fx, 0, camera.cx, camera.baseline_x, 0, camera.fy, camera.cy, 0, 0, 0, 1, 0]
    return types[CAMERA_INFO_TYPE](
        header=header(stamp, frame_id),
        height=camera.height,
        width=camera.width,
        distortion_model=_DISTORTION_MODELS.get(len(distortion), 'rational_polynomial'),
        d=np.array(distortion, np.float64),
        k=np.array(k, np.float64),
        r=np.eye(3).reshape(-1),
        p=np.array(p, np.float64),
        binning_x=0,
        binning_y=0,
        roi=types['sensor_msgs/msg/RegionOfInterest'](
            x_offset=0, y_offset=0, height=0, width=0, do_rectify=False
        ),
    )


def string_message(text: str) -> Any:
    """Return a std_msgs/String."""
    return message_types().types[STRING_TYPE](data=text)


def status_message(name: str, message: str, values: Mapping[str, object]) -> Any:
    """Return a diagnostic_msgs/DiagnosticStatus of level OK.

    Parameters
    ----------
    name : of the part that speaks.
    message : one line.
    values : key -> value, written as text.
    """
    types = message_types().types
    pair = types['diagnostic_msgs/msg/KeyValue']
    return types['diagnostic_msgs/msg/DiagnosticStatus'](
        level=0,
        name=name,
        message=message,
        hardware_id='',
        values=[pair(key=key, value=str(value)) for key, value in values.items()],
    )
