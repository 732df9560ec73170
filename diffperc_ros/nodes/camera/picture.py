# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One image on its way to what is computed from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from std_msgs.msg import Header

from diffperc_ros.core.errors import CameraError
from diffperc_ros.core.frame import Frame
from diffperc_ros.core.results import DepthImage
from diffperc_ros.nodes.camera.names import ONLY_CAMERA
from diffperc_ros.nodes.camera.source import View

Values = Mapping[str, Any]
"""Parameters by name, as they were when an image arrived."""


@dataclass(frozen=True)
class Picture:
    """One image on its way to a perceiver.

    Parameters
    ----------
    frame : pixels and camera.
    header : of the image message, to be copied to everything that is computed from it.
    view : what camera_info said; None where nobody asked, or where there is none.
    camera_problem : why there is none, though it was asked for.
    depth : of the frame, where it is at hand: every pixel's, in metres.
    camera : name of the camera that it came from.
    """

    frame: Frame
    header: Header
    view: View | None = None
    camera_problem: CameraError | None = None
    depth: DepthImage | None = None
    camera: str = ONLY_CAMERA
