# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The published test-time passes: square windows and their mirror images, averaged."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from diffperc_ros.core.errors import SettingError


def window_offsets(height: int, width: int, windows: int) -> list[int]:
    """Return the left columns of square windows spread evenly over a landscape image.

    Raises
    ------
    SettingError
        When the windows do not cover the image.
    """
    if windows < 1 or width < height or windows * height < width:
        raise SettingError(
            f'{windows} windows of {height}x{height} do not cover an image of {height}x{width}'
        )
    if windows == 1:
        return [0]
    return [round(index * (width - height) / (windows - 1)) for index in range(windows)]


def predict_with_flip_and_windows(
    predict: Callable[[Tensor], Tensor], image: Tensor, windows: int = 2
) -> Tensor:
    """Return the mean prediction over windows and their mirror images (VPD's NYU test script).

    Parameters
    ----------
    predict
        Network on a batch: images (N, 3, H, H) to maps (N, C, H, H). It is called once, with all
        windows followed by all mirrored windows, N = 2 * windows.
    image
        (1, 3, H, W) with W >= H.
    windows
        Square windows from the left edge to the right edge.

    Returns
    -------
    Tensor
        (1, C, H, W); values are averaged linearly.

    Raises
    ------
    SettingError
        When the windows do not cover the image.
    """
    height, width = image.shape[-2:]
    offsets = window_offsets(height, width, windows)
    crops = torch.cat([image[..., left : left + height] for left in offsets])
    plain, mirrored = predict(torch.cat((crops, crops.flip(-1)))).chunk(2)
    predictions = (plain + mirrored.flip(-1)) / 2

    total = predictions.new_zeros((1, predictions.shape[1], height, width))
    count = torch.zeros_like(total)
    for left, prediction in zip(offsets, predictions, strict=True):
        total[..., left : left + height] += prediction
        count[..., left : left + height] += 1
    return total / count
