# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from diffperc_ros.bundle.manifest import ImageInput
from diffperc_ros.core.errors import SettingError
from diffperc_ros.nodes.settings.output_size import (
    check_output_size,
    output_transform,
    resized_ids,
)

GRAPH = ImageInput(width=64, height=64)


@pytest.mark.parametrize(
    ('wanted', 'size'),
    [([0, 0], (128, 96)), ([-1, -1], (64, 48)), ([32, 24], (32, 24))],
)
def test_sizes(wanted: list[int], size: tuple[int, int]) -> None:
    check_output_size(wanted)
    assert output_transform(wanted, (128, 96), GRAPH).target == size


@pytest.mark.parametrize('wanted', [[640, 0], [640], [640, 480, 3], [640, -1], [16385, 1], []])
def test_sizes_that_cannot_be(wanted: list[int]) -> None:
    with pytest.raises(SettingError, match="'output_size' must be"):
        check_output_size(wanted)


def test_ids_are_taken_not_mixed() -> None:
    ids = np.kron(np.array([[1, 254], [0, 255]], np.uint8), np.ones((9, 9), np.uint8))
    for target in ([6, 6], [4, 4], [36, 36]):
        resized = resized_ids(ids, output_transform(target, (18, 18), GRAPH))
        half = target[0] // 2
        expected = np.kron(
            np.array([[1, 254], [0, 255]], np.uint8), np.ones((half, half), np.uint8)
        )
        np.testing.assert_array_equal(resized, expected)
    assert resized_ids(ids, output_transform([0, 0], (18, 18), GRAPH)) is ids
