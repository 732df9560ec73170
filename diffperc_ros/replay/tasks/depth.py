# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Depth, as the depth node publishes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from diffperc_ros.core.frame import Frame
from diffperc_ros.core.results import DepthImage
from diffperc_ros.perception.depth import DepthEstimator
from diffperc_ros.perception.inference import prompt_told
from diffperc_ros.recordings.messages import camera_info_message, image_message
from diffperc_ros.replay.tasks.task import Answer, Cell, Output

DEPTH_TOPIC = '/depth/image_rect'
CAMERA_INFO_TOPIC = '/depth/camera_info'
RELATIVE_TOPIC = '/depth/relative'


class DepthTask:
    """32FC1 images on /depth/image_rect with /depth/camera_info, or on /depth/relative.

    Relative is what has no usable camera_info, or comes from a model without scale.
    """

    name = 'depth'
    kinds = ('metric', 'relative')
    columns = ('valid_ratio', 'min_depth', 'median_depth', 'max_depth', 'focal_scale')
    """Share of pixels with a finite depth; of these, in metres if metric; factor that the focal
    length put on the network's answer."""

    def __init__(self, perceiver: DepthEstimator) -> None:
        self.perceiver = perceiver

    def opening(self, frame: Frame) -> tuple[Output, ...]:
        """Return nothing: depth needs no key."""
        return ()

    def answer(self, frame: Frame) -> Answer:
        """Compute the depth of one frame."""
        depth = self.perceiver.perceive(frame)
        image = image_message(depth.values, '32FC1', depth.stamp, depth.frame_id)
        if depth.kind == 'relative' or depth.camera is None:
            return Answer('relative', (Output(RELATIVE_TOPIC, image),), _figures(depth))
        info = camera_info_message(depth.camera, depth.stamp, depth.frame_id)
        outputs = (Output(DEPTH_TOPIC, image), Output(CAMERA_INFO_TOPIC, info))
        return Answer('metric', outputs, _figures(depth))

    def settings(self) -> dict[str, Any]:
        """Return value range and prompt."""
        prompt = self.perceiver.bundle.manifest.prompt
        return {
            'parameters': asdict(self.perceiver.settings),
            'prompt': prompt_told(prompt, self.perceiver.scene),
        }

    def outcome(self, counts: Mapping[str, int]) -> str:
        """Say how many images are metric and how many relative."""
        return f'{counts["metric"]} metric and {counts["relative"]} relative depth images'


def _figures(depth: DepthImage) -> tuple[Cell, ...]:
    finite = depth.values[np.isfinite(depth.values)]
    low, median, high = (
        (float(finite.min()), float(np.median(finite)), float(finite.max()))
        if finite.size
        else (None, None, None)
    )
    return finite.size / depth.values.size, low, median, high, depth.focal_scale
