# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.sliding_window import slide_window


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    window=st.integers(1, 20),
    stride=st.integers(1, 20),
)
def test_a_pixelwise_prediction_is_unchanged(
    height: int, width: int, window: int, stride: int
) -> None:
    image = torch.rand(2, 3, height, width)
    result = slide_window(lambda x: x[:, :2] * 2, image, window, min(stride, window))
    torch.testing.assert_close(result, image[:, :2] * 2)


def test_windows_go_row_by_row_and_are_moved_inwards_at_the_far_edge() -> None:
    rows, columns = torch.meshgrid(torch.arange(6), torch.arange(9), indexing='ij')
    image = torch.stack((rows, columns, rows)).unsqueeze(0).float()
    corners: list[tuple[float, float]] = []

    def predict(window: Tensor) -> Tensor:
        corners.append((window[0, 0, 0, 0].item(), window[0, 1, 0, 0].item()))
        assert window.shape[-2:] == (4, 4)
        return torch.full((1, 1, 4, 4), float(len(corners)))

    result = slide_window(predict, image, window=4, stride=3)
    assert corners == [(0, 0), (0, 3), (0, 5), (2, 0), (2, 3), (2, 5)]
    assert result[0, 0, 0].tolist() == [1, 1, 1, 1.5, 2, 2.5, 2.5, 3, 3]
    assert result[0, 0, 3, 0] == (1 + 4) / 2


@pytest.mark.parametrize('stride', [0, 5])
def test_gaps_are_refused(stride: int) -> None:
    with pytest.raises(SettingError, match='stride'):
        slide_window(lambda x: x, torch.rand(1, 3, 8, 8), window=4, stride=stride)
