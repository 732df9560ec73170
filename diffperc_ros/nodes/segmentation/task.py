# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The class of every pixel of each picture."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.labels import read_labels
from diffperc_ros.bundle.locate import DEFAULT_SEGMENTATION_BUNDLE
from diffperc_ros.nodes.camera.picture import Picture, Values
from diffperc_ros.nodes.publishing.vision_messages import (
    how_to_install,
    vision_messages,
    whether_installed,
)
from diffperc_ros.nodes.segmentation.outputs import SegmentationOutputs
from diffperc_ros.nodes.segmentation.settings import SEGMENTATION_SETTINGS, segmentation_settings
from diffperc_ros.nodes.settings.output_size import output_transform
from diffperc_ros.nodes.task import Task
from diffperc_ros.perception.inference import StageTimes
from diffperc_ros.perception.segmentation import Segmenter, published_names
from diffperc_ros.runtimes.chosen import ChosenRuntime


class SegmentationTask(Task[SegmentationOutputs]):
    """Publishes segmentation/mask and its label_info and camera_info; lazily the rest.

    The camera is passed on where it is known, and not needed.
    """

    name = 'segmentation'
    default_model = DEFAULT_SEGMENTATION_BUNDLE
    settings = SEGMENTATION_SETTINGS
    _segmenter: Segmenter | None = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._between_masks = threading.Lock()

    def check(self, values: Values) -> None:
        """Judge parameters, with the bundle's classes once there is one."""
        settings = segmentation_settings(values)
        if self._segmenter is not None:
            published_names(self._segmenter.labels, settings)

    def load(self, bundle: Bundle, runtime: ChosenRuntime, values: Values) -> None:
        """Make the segmenter."""
        segmenter = Segmenter(bundle, runtime, segmentation_settings(values))
        segmenter.prepare = self.prepare
        segmenter.warm_up()
        self._segmenter = segmenter

    def advertise(self, camera: str, bundle: Bundle, values: Values) -> SegmentationOutputs:
        """Make the topics of a camera."""
        labels, offset = read_labels(bundle), values['class_id_offset']
        return SegmentationOutputs(self.node, camera, labels, offset, vision_messages())

    def opened(self, values: Values) -> None:
        """Tell what the ids mean."""
        self.refresh(values, ())

    def unload(self) -> None:
        """Give back the segmenter."""
        self._segmenter = None

    @property
    def last_times(self) -> StageTimes | None:
        """Where the time of the last frame went."""
        return self._segmenter.last_times if self._segmenter else None

    def perceive(self, picture: Picture, values: Values) -> Picture:
        """Compute the mask of one picture and publish it.

        Raises
        ------
        InferenceError : as `Segmenter.perceive`.
        """
        segmenter, outputs = self._segmenter, self.outputs.get(picture.camera)
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
        if self._segmenter is None:
            return
        settings = segmentation_settings(values)
        names = published_names(self._segmenter.labels, settings)
        if self._between_masks.acquire(blocking=False):
            try:
                for outputs in self.outputs.values():
                    outputs.labels.tell(names, settings.confidence_threshold)
            finally:
                self._between_masks.release()

    def describe(self) -> dict[str, str]:
        """Return the keys of the diagnostics that speak of the model and of what is missing."""
        return {**super().describe(), 'vision_msgs': whether_installed()}

    def doubts(self) -> list[str]:
        """Say that nobody can learn what the ids mean."""
        return [] if vision_messages() else [f'no segmentation/label_info: {how_to_install()}']
