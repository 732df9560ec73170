# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Logits of a whole image from windows of the size a network was trained with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch import Tensor
from torch.nn import functional

from diffperc_ros.core.errors import SettingError


def slide_window(
    predict: Callable[[Tensor], Tensor], image: Tensor, window: int = 512, stride: int = 341
) -> Tensor:
    """Return the mean logits over square windows, row by row (mmsegmentation's slide mode).

    Windows that would reach over the far edge are moved inwards; along a side shorter than the
    window they are as short as it. The defaults are VPD's for ADE20K.

    Parameters
    ----------
    predict
        Network on one window: (B, 3, h, w) to (B, C, h, w).
    image
        (B, 3, H, W).
    window, stride
        Side of a window and distance between windows, pixels.

    Returns
    -------
    Tensor
        (B, C, H, W).

    Raises
    ------
    SettingError
        When `stride` is not between 1 and `window`, so that pixels would stay uncovered.
    """
    if not 1 <= stride <= window:
        raise SettingError(f'the stride is {stride} but must be from 1 to the window, {window}')
    height, width = image.shape[-2:]
    count = image.new_zeros((1, 1, height, width))
    total = count.clone()
    for rows in _spans(height, window, stride):
        for columns in _spans(width, window, stride):
            logits = predict(image[..., rows, columns])
            margins = (columns.start, width - columns.stop, rows.start, height - rows.stop)
            # The first window brings the batch and the classes by broadcasting.
            total = total + functional.pad(logits, margins)
            count[..., rows, columns] += 1
    return total / count


def _spans(length: int, window: int, stride: int) -> Iterator[slice]:
    for index in range(max(length - window + stride - 1, 0) // stride + 1):
        end = min(index * stride + window, length)
        yield slice(max(end - window, 0), end)
