# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from diffperc_ros.evaluation.metrics.regions import range_masks, region_masks


@pytest.mark.parametrize(
    ('depth', 'name'),
    [(0.01, '0-2'), (1.999, '0-2'), (2.0, '2-5'), (5.0, '5-10'), (10.0, '10+'), (70.0, '10+')],
)
def test_a_depth_lies_in_exactly_one_range(depth: float, name: str) -> None:
    masks = range_masks(np.full((1, 1), depth, np.float32))

    assert [key for key, mask in masks.items() if mask.any()] == [name]


def test_unknown_depth_lies_in_no_range() -> None:
    masks = range_masks(np.full((1, 1), np.nan, np.float32))

    assert not any(mask.any() for mask in masks.values())


def test_the_border_is_a_band_of_a_tenth_on_each_side() -> None:
    masks = region_masks((480, 640))

    assert masks['centre'].sum() == 384 * 512
    assert not masks['centre'][47].any()
    assert masks['centre'][48, 64]
    assert not masks['centre'][48, 63]
    assert (masks['border'] ^ masks['centre']).all()
