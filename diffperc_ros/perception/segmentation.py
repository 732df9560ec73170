# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Classes of a frame: the perceiver that node, replay, evaluation and benchmark share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.labels import read_labels
from diffperc_ros.core.errors import SettingError
from diffperc_ros.core.frame import Frame
from diffperc_ros.core.labels import LabelSet
from diffperc_ros.core.results import NONE, UNLABELLED, Segmentation
from diffperc_ros.core.transforms import ImageTransform
from diffperc_ros.perception.inference import (
    Prepare,
    StageTimes,
    answer_grid,
    blank_picture,
    check_finite,
    prepare,
    prompt_inputs,
)
from diffperc_ros.perception.prepare import restore_map
from diffperc_ros.runtimes.protocol import Runtime

MOST_CLASSES = 254


@dataclass(frozen=True)
class SegmentationSettings:
    """What a user may choose about a mask.

    Parameters
    ----------
    classes : names to keep; empty: all. Pixels of other classes become 0 (none).
    class_id_offset : id of the bundle's first class, 1 or 0. 1 keeps 0 free for 'none'; with 0
        the first class and 'none' cannot be told apart.
    confidence_threshold : probability, 0..1, below which a pixel becomes 255 (unlabelled).

    Raises
    ------
    SettingError : a value outside its range.
    """

    classes: tuple[str, ...] = ()
    class_id_offset: int = 1
    confidence_threshold: float = 0.0

    def __post_init__(self) -> None:
        if self.class_id_offset not in (0, 1):
            raise SettingError(f'class_id_offset must be 0 or 1, not {self.class_id_offset}')
        if not 0.0 <= self.confidence_threshold <= 1.0:
            raise SettingError(
                f'confidence_threshold must be 0..1, not {self.confidence_threshold}'
            )


class Segmenter:
    """A segmentation bundle loaded into a runtime.

    Parameters
    ----------
    bundle : what the channels mean.
    runtime : what computes them; owned by the caller, who closes it.
    settings : classes, ids and threshold; by default every class from id 1.

    Raises
    ------
    BundleError : a bundle of another task, or a label file that is not valid.
    SettingError : a class that the bundle does not know, or more classes than ids.
    """

    def __init__(
        self, bundle: Bundle, runtime: Runtime, settings: SegmentationSettings | None = None
    ) -> None:
        self.bundle = bundle
        self.runtime = runtime
        self.labels = read_labels(bundle)
        self._settings = settings or SegmentationSettings()
        self._table = id_table(self.labels, self._settings)
        self.prepare: Prepare = prepare
        self.last_times: StageTimes | None = None

    @property
    def settings(self) -> SegmentationSettings:
        """What a user chose; may be exchanged between frames."""
        return self._settings

    @settings.setter
    def settings(self, settings: SegmentationSettings) -> None:
        self._table = id_table(self.labels, settings)
        self._settings = settings

    @property
    def names(self) -> dict[int, str]:
        """Id -> name of the classes that can appear in a mask."""
        return published_names(self.labels, self._settings)

    def warm_up(self) -> None:
        """Run the graph once: the first run of an engine is slower than the rest.

        Raises
        ------
        InferenceError : the engine failed, or the graph has not one channel for each label.
        """
        manifest = self.bundle.manifest
        prompt = prompt_inputs(manifest.prompt, '')
        outputs = self.runtime.run({manifest.input.name: blank_picture(manifest.input), **prompt})
        answer_grid(outputs, self.bundle.segmentation.name, len(self.labels))

    def perceive(self, frame: Frame) -> Segmentation:
        """Return the class of every pixel of `frame`.

        Raises
        ------
        InferenceError : the engine failed, or its answer does not fit the labels.
        """
        manifest, output = self.bundle.manifest, self.bundle.segmentation
        settings, table = self._settings, self._table
        start = perf_counter()
        image, transform = self.prepare(frame, manifest.input)
        inputs = {manifest.input.name: image, **prompt_inputs(manifest.prompt, '')}
        prepared = perf_counter()
        outputs = self.runtime.run(inputs)
        answered = perf_counter()
        logits = answer_grid(outputs, output.name, len(self.labels))
        check_finite(logits, output.name)
        winner = winning_class(logits, transform)
        confidence = restore_map(winning_probability(logits), transform)
        class_ids = table[winner]
        unsure = (confidence < settings.confidence_threshold) & (class_ids != NONE)
        class_ids[unsure] = UNLABELLED
        result = Segmentation(
            class_ids=class_ids,
            confidence=np.rint(255 * np.clip(confidence, 0, 1)).astype(np.uint8),
            names=self.names,
            stamp=frame.stamp,
            frame_id=frame.frame_id,
            camera=frame.camera,
        )
        self.last_times = StageTimes(
            prepare=1000 * (prepared - start),
            inference=1000 * (answered - prepared),
            interpret=1000 * (perf_counter() - answered),
        )
        return result


def winning_class(logits: NDArray[np.float32], transform: ImageTransform) -> NDArray[np.intp]:
    """Return the channel with the largest logit at every pixel of the picture.

    As published, the scores are enlarged and then compared, not the other way round. They are
    taken one after the other, so that 150 classes of a large picture need no gigabytes.

    Parameters
    ----------
    logits : float32 (classes, h, w), a grid over the whole graph input.
    transform : from the picture to the graph input.
    """
    best = restore_map(logits[0], transform)
    winner = np.zeros(best.shape, np.intp)
    for channel in range(1, len(logits)):
        scores = restore_map(logits[channel], transform)
        better = scores > best
        winner[better] = channel
        np.maximum(best, scores, out=best)
    return winner


def winning_probability(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the softmax probability (h, w) of the largest of logits (classes, h, w)."""
    return np.asarray(1 / np.exp(logits - logits.max(0)).sum(0), np.float32)


def published_names(labels: LabelSet, settings: SegmentationSettings) -> dict[int, str]:
    """Return id -> name of the classes that are asked for, in the order of the ids.

    Raises
    ------
    SettingError : a class that the bundle does not know, or more classes than ids.
    """
    if len(labels) > MOST_CLASSES:
        raise SettingError(
            f'{len(labels)} classes do not fit into a mask of 8 bits, which holds {MOST_CLASSES}'
        )
    wanted = {labels.by_name(name).index for name in settings.classes} or set(range(len(labels)))
    return {
        label.index + settings.class_id_offset: label.name
        for label in labels
        if label.index in wanted
    }


def id_table(labels: LabelSet, settings: SegmentationSettings) -> NDArray[np.uint8]:
    """Return the mask value of every channel: its id, or 0 where it is not asked for."""
    names: Mapping[int, str] = published_names(labels, settings)
    ids = [label.index + settings.class_id_offset for label in labels]
    return np.array([number if number in names else NONE for number in ids], np.uint8)
