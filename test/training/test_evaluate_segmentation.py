# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from diffperc_ros.scenes.classes import CLASSES
from diffperc_ros.training.evaluate_segmentation import evaluate

FLOOR, OBJECT = CLASSES.index('floor'), CLASSES.index('object')


def test_what_is_right_counts_and_what_is_unlabelled_does_not(shards_with_words: Path) -> None:
    def by_colour(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        is_floor = (image == 120).all(axis=2)
        classes = np.where(is_floor, FLOOR, OBJECT).astype(np.uint8)
        classes[:6] = CLASSES.index('sofa')  # where the shard holds no label
        return classes

    figures = evaluate(by_colour, [shards_with_words / 'shard-00000'])
    assert figures['all']['mean_iou'] == 1.0
    assert figures['iou']['floor'] == 1.0
    assert np.isnan(figures['iou']['sofa'])


def test_one_class_for_all_has_its_share(shards_with_words: Path) -> None:
    def floor(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.full(image.shape[:2], FLOOR, np.uint8)

    figures = evaluate(floor, [shards_with_words / 'shard-00000'])
    share = 1 - 2 * 18 * 18 / (66 * 96)
    assert figures['all']['pixel_accuracy'] == pytest.approx(share)
    assert figures['iou'] == pytest.approx(
        {
            name: share if name == 'floor' else 0.0 if name == 'object' else float('nan')
            for name in CLASSES
        },
        nan_ok=True,
    )
