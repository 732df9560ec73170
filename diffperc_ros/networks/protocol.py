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
    _check_cover(height, width, windows)
    if windows == 1:
        return [0]
    return [round(index * (width - height) / (windows - 1)) for index in range(windows)]


def whole_step_offsets(height: int, width: int, windows: int) -> list[int]:
    """Return left columns at one whole-numbered interval, as the published test scripts do.

    The interval is rounded down, so up to `windows` - 2 columns at the right edge are in no
    window: columns 1207 to 1215 of 1216 for KITTI's 16 windows. `window_offsets` reaches the edge.

    Raises
    ------
    SettingError
        When even windows side by side do not cover the image.
    """
    _check_cover(height, width, windows)
    interval = (width - height) // max(1, windows - 1)
    return [index * interval for index in range(windows)]


def predict_with_flip_and_windows(
    predict: Callable[[Tensor], Tensor],
    image: Tensor,
    windows: int = 2,
    offsets: Callable[[int, int, int], list[int]] = window_offsets,
) -> Tensor:
    """Return the mean prediction over windows and their mirror images.

    The test scripts of VPD for NYU Depth v2 (2 windows) and MetaPrompts for KITTI (16).

    Parameters
    ----------
    predict
        Network on a batch: images (N, 3, H, H) to maps (N, C, H, H). It is called once, with all
        windows followed by all mirrored windows, N = 2 * windows.
    image
        (1, 3, H, W) with W >= H.
    windows
        Square windows from the left edge to the right edge.
    offsets
        Where their left columns are, from height, width and number of windows.

    Returns
    -------
    Tensor
        (1, C, H, W); values are averaged linearly. Columns that no window covers are NaN, which
        with `window_offsets` there are none.

    Raises
    ------
    SettingError
        When the windows do not cover the image.
    """
    height, width = image.shape[-2:]
    lefts = offsets(height, width, windows)
    crops = torch.cat([image[..., left : left + height] for left in lefts])
    plain, mirrored = predict(torch.cat((crops, crops.flip(-1)))).chunk(2)
    predictions = (plain + mirrored.flip(-1)) / 2

    total = predictions.new_zeros((1, predictions.shape[1], height, width))
    count = torch.zeros_like(total)
    for left, prediction in zip(lefts, predictions, strict=True):
        total[..., left : left + height] += prediction
        count[..., left : left + height] += 1
    return total / count


def _check_cover(height: int, width: int, windows: int) -> None:
    if windows < 1 or width < height or windows * height < width:
        raise SettingError(
            f'{windows} windows of {height}x{height} do not cover an image of {height}x{width}'
        )
