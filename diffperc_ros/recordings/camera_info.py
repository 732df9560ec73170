# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Between sensor_msgs/CameraInfo and `Camera`."""

from __future__ import annotations

from typing import Any

from diffperc_ros.core.camera import Camera, camera_from_matrices
from diffperc_ros.core.errors import CameraError, SettingError
from diffperc_ros.core.transforms import Box, crop, resize


def camera_of_message(message: Any) -> Camera:
    """Return the intrinsics of the image that a camera_info message belongs to.

    K and P describe the whole sensor as it was calibrated; `roi` and then `binning` say which part
    of it the image shows at which resolution, and both are applied here.

    Parameters
    ----------
    message : fields of sensor_msgs/CameraInfo, of ROS 2 (k, p, d) or ROS 1 (K, P, D).

    Raises
    ------
    CameraError : no usable intrinsics, or a region outside the sensor.
    """
    ros1 = hasattr(message, 'K')
    camera = camera_from_matrices(
        int(message.width),
        int(message.height),
        message.K if ros1 else message.k,
        message.P if ros1 else message.p,
        message.D if ros1 else message.d,
    )
    try:
        return _visible_part(camera, message)
    except SettingError as error:
        raise CameraError(f'camera_info with roi or binning that cannot be: {error}') from error


def _visible_part(camera: Camera, message: Any) -> Camera:
    size = (camera.width, camera.height)
    roi = message.roi
    if roi.width and roi.height and (roi.width, roi.height) != size:
        box = Box(int(roi.x_offset), int(roi.y_offset), int(roi.width), int(roi.height))
        camera = crop(size, box).camera(camera)
        size = (camera.width, camera.height)
    binning_x, binning_y = max(int(message.binning_x), 1), max(int(message.binning_y), 1)
    if (binning_x, binning_y) != (1, 1):
        # Pixels that do not fill a whole bin are not in the image.
        binned = (size[0] // binning_x, size[1] // binning_y)
        whole = Box(0, 0, binned[0] * binning_x, binned[1] * binning_y)
        camera = crop(size, whole).then(resize((whole.width, whole.height), binned)).camera(camera)
    return camera
