# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from torch import Tensor

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.protocol import (
    predict_with_flip_and_windows,
    whole_step_offsets,
    window_offsets,
)


@pytest.mark.parametrize(
    ('size', 'windows', 'offsets'),
    [
        ((480, 640), 2, [0, 160]),
        ((480, 480), 1, [0]),
        ((480, 640), 3, [0, 80, 160]),
        (
            (352, 1216),
            16,
            [0, 58, 115, 173, 230, 288, 346, 403, 461, 518, 576, 634, 691, 749, 806, 864],
        ),
    ],
)
def test_windows_reach_both_edges(size: tuple[int, int], windows: int, offsets: list[int]) -> None:
    assert window_offsets(*size, windows) == offsets


@pytest.mark.parametrize(
    ('size', 'windows'), [((640, 480), 2), ((480, 640), 0), ((480, 640), 1), ((100, 301), 3)]
)
def test_windows_that_leave_gaps_are_refused(size: tuple[int, int], windows: int) -> None:
    with pytest.raises(SettingError, match='do not cover'):
        window_offsets(*size, windows)


@pytest.mark.parametrize('windows', [2, 3])
def test_a_pixelwise_prediction_is_unchanged(windows: int) -> None:
    image = torch.rand(1, 3, 8, 12)
    result = predict_with_flip_and_windows(lambda batch: batch[:, :1] * 2, image, windows)
    torch.testing.assert_close(result, image[:, :1] * 2)


def test_plain_and_mirrored_passes_are_averaged() -> None:
    image = torch.rand(1, 3, 4, 6)
    seen: list[Tensor] = []

    def predict(batch: Tensor) -> Tensor:
        seen.append(batch)
        value = torch.tensor([1.0, 2.0, 10.0, 20.0])
        return value.reshape(4, 1, 1, 1).expand(4, 1, 4, 4)

    result = predict_with_flip_and_windows(predict, image)
    (batch,) = seen
    torch.testing.assert_close(batch[2:], batch[:2].flip(-1))
    left, right = (1 + 10) / 2, (2 + 20) / 2
    expected = torch.tensor([left, left, (left + right) / 2, (left + right) / 2, right, right])
    torch.testing.assert_close(result[0, 0], expected.expand(4, 6))


@pytest.mark.parametrize(
    ('size', 'windows', 'last'),
    [((480, 640), 2, 160), ((352, 1216), 16, 855), ((480, 480), 1, 0)],
)
def test_whole_steps_may_stop_short_of_the_edge(
    size: tuple[int, int], windows: int, last: int
) -> None:
    offsets = whole_step_offsets(*size, windows)
    assert len(offsets) == windows
    assert offsets[-1] == last


def test_columns_in_no_window_are_nan_as_published() -> None:
    image = torch.rand(1, 3, 8, 17)
    result = predict_with_flip_and_windows(lambda batch: batch, image, 5, whole_step_offsets)
    assert result[..., 16:].isnan().all()
    torch.testing.assert_close(result[..., :16], image[..., :16])
    mended = predict_with_flip_and_windows(lambda batch: batch, image, 5)
    torch.testing.assert_close(mended, image)
