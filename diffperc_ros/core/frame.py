# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One image of a camera, as it flows into a perceiver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.errors import CameraError, FrameError

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, order=True)
class Stamp:
    """Time of a message, kept in the two fields of builtin_interfaces/Time.

    Both are copied from message to message and never rewritten, so that an output carries the
    very bits of its input even where a driver wrote `nanosec` beyond one second.

    Parameters
    ----------
    sec : seconds, int32.
    nanosec : nanoseconds, uint32.
    """

    sec: int
    nanosec: int

    @property
    def nanoseconds(self) -> int:
        """Time in nanoseconds."""
        return self.sec * NANOSECONDS + self.nanosec

    @classmethod
    def from_nanoseconds(cls, nanoseconds: int) -> Stamp:
        """Return the stamp at `nanoseconds`."""
        return cls(*divmod(nanoseconds, NANOSECONDS))

    def __str__(self) -> str:
        return f'{self.sec}.{self.nanosec:09d}'


@dataclass(frozen=True, eq=False)
class Frame:
    """One colour image with what is known about its camera.

    Parameters
    ----------
    image : uint8 (height, width, 3), RGB.
    stamp : stamp of the message header.
    frame_id : coordinate frame of the message header; optical (x right, y down, z forward).
    camera : intrinsics of `image`, or None when unknown; then no metric depth can be computed.

    Raises
    ------
    FrameError : `image` has another shape or dtype, or no pixels.
    CameraError : `camera` describes an image of another size.
    """

    image: NDArray[np.uint8]
    stamp: Stamp
    frame_id: str
    camera: Camera | None = None

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            raise FrameError(
                f'a frame needs a uint8 image of shape (height, width, 3), '
                f'not {self.image.dtype} {self.image.shape}'
            )
        if 0 in self.image.shape:
            raise FrameError(f'image of {self.width}x{self.height} pixels: nothing to look at')
        if self.camera is not None and (self.camera.width, self.camera.height) != self.size:
            raise CameraError(
                f'camera_info is for {self.camera.width}x{self.camera.height} pixels but the '
                f'image has {self.width}x{self.height}; publish the camera_info of this image'
            )

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.image.shape[0])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height
