# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Command: measure a segmentation bundle on rendered scenes that were never trained on.

python -m diffperc_ros.training.evaluate_segmentation BUNDLE --shards SHARD --json FILE
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.locate import find_bundle
from diffperc_ros.bundle.manifest import SegmentationBaselines
from diffperc_ros.core.frame import Frame, Stamp
from diffperc_ros.evaluation.metrics.segmentation import confusion_matrix, segmentation_metrics
from diffperc_ros.perception.segmentation import Segmenter
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.scenes.classes import CLASSES
from diffperc_ros.training.data.dataset import Shard

Answer = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]


def bundle_answer(bundle: Bundle) -> Answer:
    """Return a bundle's class of every pixel, counted from 0, as a node would publish it."""
    segmenter = Segmenter(bundle, OnnxRuntime(bundle.file(bundle.graph('realtime').file)))

    def answer(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        ids = segmenter.perceive(Frame(image, Stamp(0, 0), 'camera')).class_ids
        return ids - np.uint8(segmenter.settings.class_id_offset)

    return answer


def majority_answer(bundle: Bundle) -> Answer | None:
    """Return the bundle's answer that needs no model, where it declares one."""
    declared = bundle.manifest.baselines
    if not isinstance(declared, SegmentationBaselines):
        return None
    classes = np.load(bundle.file(declared.file))

    def answer(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        size = (image.shape[1], image.shape[0])
        return np.asarray(cv2.resize(classes, size, interpolation=cv2.INTER_NEAREST), np.uint8)

    return answer


def evaluate(answer: Answer, shards: list[Path]) -> dict[str, dict[str, float]]:
    """Return the figures of all pictures together, and each class's IoU."""
    confusion = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    for folder in shards:
        shard = Shard(folder, ('label',))
        for index in range(len(shard)):
            sample = shard[index]
            label = sample.maps['label'] - np.uint8(1)
            confusion += confusion_matrix(answer(sample.image), label, len(CLASSES))
    metrics = segmentation_metrics(confusion)
    return {
        'all': {
            'mean_iou': metrics.mean_iou,
            'mean_accuracy': metrics.mean_accuracy,
            'pixel_accuracy': metrics.pixel_accuracy,
        },
        'iou': dict(zip(CLASSES, metrics.iou, strict=True)),
    }


def report(bundle: Bundle, shards: list[Path]) -> dict[str, Any]:
    """Return all figures of a bundle and its baseline, with what is needed to repeat them."""
    baseline = majority_answer(bundle)
    return {
        'bundle': bundle.manifest.name,
        'sha256': bundle.sha256,
        'shards': [shard.name for shard in shards],
        'frames': sum(len(Shard(shard, ())) for shard in shards),
        'metrics': evaluate(bundle_answer(bundle), shards),
        'baselines': {'majority_map': evaluate(baseline, shards)} if baseline else {},
    }


def main(
    bundle: Annotated[str, typer.Argument(help='Name or folder of a segmentation bundle.')],
    shards: Annotated[list[Path], typer.Option(help='Folder of a shard; may be repeated.')],
    json_file: Annotated[Path, typer.Option('--json', help='Where the figures go.')],
) -> None:
    """Measure a segmentation bundle and write its figures."""
    figures = report(find_bundle(bundle), shards)
    json_file.write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures, indent=1))  # noqa: T201


if __name__ == '__main__':
    typer.run(main)
