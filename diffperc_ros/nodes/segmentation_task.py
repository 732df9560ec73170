# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The class of every pixel of each picture."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.locate import DEFAULT_SEGMENTATION_BUNDLE
from diffperc_ros.nodes.image_node import Picture, Values
from diffperc_ros.nodes.output_size import output_transform
from diffperc_ros.nodes.segmentation_outputs import SegmentationOutputs
from diffperc_ros.nodes.segmentation_settings import SEGMENTATION_SETTINGS, segmentation_settings
from diffperc_ros.nodes.task import Task
from diffperc_ros.nodes.vision_messages import (
    how_to_install,
    vision_messages,
    whether_installed,
)
from diffperc_ros.perception.inference import StageTimes
from diffperc_ros.perception.segmentation import Segmenter, published_names
from diffperc_ros.runtimes.chosen import ChosenRuntime


class SegmentationTask(Task):
    """Publishes segmentation/mask and its label_info and camera_info; lazily the rest.

    The camera is passed on where it is known, and not needed.
    """

    name = 'segmentation'
    default_model = DEFAULT_SEGMENTATION_BUNDLE
    settings = SEGMENTATION_SETTINGS
    _segmenter: Segmenter | None = None
    _outputs: SegmentationOutputs | None = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._between_masks = threading.Lock()

    def check(self, values: Values) -> None:
        """Judge parameters, with the bundle's classes once there is one."""
        settings = segmentation_settings(values)
        if self._segmenter is not None:
            published_names(self._segmenter.labels, settings)

    def prepare_to_perceive(
        self, bundle: Bundle, runtime: ChosenRuntime, values: Values
    ) -> SegmentationOutputs:
        """Make the segmenter and its topics, and tell what the ids mean."""
        settings = segmentation_settings(values)
        segmenter = Segmenter(bundle, runtime, settings)
        segmenter.prepare = self.prepare
        segmenter.warm_up()
        self._segmenter = segmenter
        self._outputs = SegmentationOutputs(
            self.node, segmenter.labels, settings.class_id_offset, vision_messages()
        )
        self._outputs.labels.tell(segmenter.names, settings.confidence_threshold)
        return self._outputs

    def withdraw(self) -> None:
        """Give back the segmenter and its topics."""
        self._segmenter = None
        if self._outputs is not None:
            self._outputs.close()
            self._outputs = None

    @property
    def outputs(self) -> SegmentationOutputs | None:
        """What is published."""
        return self._outputs

    @property
    def last_times(self) -> StageTimes | None:
        """Where the time of the last frame went."""
        return self._segmenter.last_times if self._segmenter else None

    def listeners(self) -> int:
        """Count the subscribers of masks, confidence and overlays."""
        return self._outputs.listeners() if self._outputs else 0

    def perceive(self, picture: Picture, values: Values) -> Picture:
        """Compute the mask of one picture and publish it.

        Raises
        ------
        InferenceError : as `Segmenter.perceive`.
        """
        segmenter, outputs = self._segmenter, self._outputs
        if segmenter is None or outputs is None:
            return picture
        settings = segmentation_settings(values)
        if settings != segmenter.settings:
            segmenter.settings = settings
        graph = segmenter.bundle.manifest.input
        transform = output_transform(values['output_size'], picture.frame.size, graph)
        with self._between_masks:
            segmentation = segmenter.perceive(picture.frame)
            outputs.publish(picture, segmentation, settings.confidence_threshold, transform)
        return picture

    def refresh(self, values: Values, _set_names: Sequence[str]) -> None:
        """Tell a new meaning of the ids though no picture may come for long.

        What was told last holds for the masks that follow: not told while one is made, which
        tells by itself; and a picture that waits with older parameters tells those once more.
        """
        if self._segmenter is None or self._outputs is None:
            return
        settings = segmentation_settings(values)
        names = published_names(self._segmenter.labels, settings)
        if self._between_masks.acquire(blocking=False):
            try:
                self._outputs.labels.tell(names, settings.confidence_threshold)
            finally:
                self._between_masks.release()

    def describe(self) -> dict[str, str]:
        """Return the keys of the diagnostics that speak of the model and of what is missing."""
        return {**super().describe(), 'vision_msgs': whether_installed()}

    def doubts(self) -> list[str]:
        """Say that nobody can learn what the ids mean."""
        return [] if vision_messages() else [f'no segmentation/label_info: {how_to_install()}']
