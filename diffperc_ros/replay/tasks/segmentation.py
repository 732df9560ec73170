# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Masks of classes, as the segmentation node publishes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from diffperc_ros.core.frame import Frame
from diffperc_ros.core.results import NONE, UNLABELLED, Segmentation
from diffperc_ros.perception.inference import prompt_told
from diffperc_ros.perception.segmentation import Segmenter
from diffperc_ros.recordings.messages import camera_info_message, image_message
from diffperc_ros.recordings.vision_messages import label_info_message
from diffperc_ros.replay.tasks.task import Answer, Cell, Output

MASK_TOPIC = '/segmentation/mask'
CONFIDENCE_TOPIC = '/segmentation/confidence'
CAMERA_INFO_TOPIC = '/segmentation/camera_info'
LABEL_INFO_TOPIC = '/segmentation/label_info'


class SegmentationTask:
    """Masks (mono8) with confidence, camera_info where it is known, and a latched label_info."""

    name = 'segmentation'
    kinds = ('mask',)

    def __init__(self, perceiver: Segmenter) -> None:
        self.perceiver = perceiver

    @property
    def columns(self) -> tuple[str, ...]:
        """Return share of labelled pixels, mean confidence, and the share of every class."""
        shares = (f'share_{name}' for name in self.perceiver.names.values())
        return ('labelled_ratio', 'mean_confidence', *shares)

    def opening(self, frame: Frame) -> tuple[Output, ...]:
        """Return the names of the classes."""
        threshold = self.perceiver.settings.confidence_threshold
        info = label_info_message(self.perceiver.names, threshold, frame.stamp, frame.frame_id)
        return (Output(LABEL_INFO_TOPIC, info, latched=True),)

    def answer(self, frame: Frame) -> Answer:
        """Compute the classes of one frame."""
        found = self.perceiver.perceive(frame)
        header = (found.stamp, found.frame_id)
        outputs = [
            Output(MASK_TOPIC, image_message(found.class_ids, 'mono8', *header)),
            Output(CONFIDENCE_TOPIC, image_message(found.confidence, 'mono8', *header)),
        ]
        if found.camera is not None:
            info = camera_info_message(found.camera, *header)
            outputs.append(Output(CAMERA_INFO_TOPIC, info))
        return Answer('mask', tuple(outputs), _figures(found))

    def settings(self) -> dict[str, Any]:
        """Return classes, ids, threshold and prompt."""
        return {
            'parameters': asdict(self.perceiver.settings),
            'labels': {str(number): name for number, name in self.perceiver.names.items()},
            'prompt': prompt_told(self.perceiver.bundle.manifest.prompt, ''),
        }

    def outcome(self, counts: Mapping[str, int]) -> str:
        """Say how many masks there are."""
        return f'masks for {counts["mask"]}'


def _figures(found: Segmentation) -> tuple[Cell, ...]:
    pixels = found.class_ids.size
    counts = np.bincount(found.class_ids.ravel(), minlength=256) / pixels
    return (
        float(1 - counts[UNLABELLED] - (0 if NONE in found.names else counts[NONE])),
        float(found.confidence.mean() / 255),
        *(float(counts[number]) for number in found.names),
    )
