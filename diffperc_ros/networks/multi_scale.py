# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Class probabilities of a picture, at one scale or averaged over several and their mirrors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

SINGLE_SCALE = (1.0,)
VPD_RATIOS = (1.0, 1.125, 1.25, 1.375, 1.5)
"""VPD's for ADE20K; smaller ones would make windows smaller than it was trained with."""


def fit_within(height: int, width: int, long_side: int, short_side: int) -> tuple[int, int]:
    """Return height and width, ratio kept, of the largest picture inside a box of either turn."""
    scale = min(long_side / max(height, width), short_side / min(height, width))
    return int(height * scale + 0.5), int(width * scale + 0.5)


def predict_scales(
    predict: Callable[[Tensor], Tensor],
    image: NDArray[np.uint8],
    *,
    ratios: Sequence[float] = SINGLE_SCALE,
    flip: bool = False,
    long_side: int = 2048,
    short_side: int = 512,
) -> Tensor:
    """Return the mean class probabilities over scales (mmsegmentation's test pipeline).

    Each pass: resize (OpenCV's bilinear, on bytes), predict, bring the logits to the picture's
    size, softmax.

    Parameters
    ----------
    predict
        Network, or sliding windows over one: (1, 3, h, w) RGB in [0, 1] to logits (1, C, h, w).
    image
        RGB (H, W, 3).
    ratios
        Factors on the box that the picture is resized to fit in.
    flip
        Whether each scale is also seen in the mirror.
    long_side, short_side
        The box at ratio 1, pixels.

    Returns
    -------
    Tensor
        (1, C, H, W), sum 1 over C.
    """
    height, width = image.shape[:2]

    def probabilities(scaled: Tensor) -> Tensor:
        logits = functional.interpolate(
            predict(scaled), size=(height, width), mode='bilinear', align_corners=False
        )
        return logits.softmax(dim=1)

    total = torch.zeros((1, 1, height, width))
    for ratio in ratios:
        box = int(long_side * ratio), int(short_side * ratio)
        scaled = _resize(image, fit_within(height, width, *box))
        # The first pass brings the classes by broadcasting.
        total = total + probabilities(scaled)
        if flip:
            total = total + probabilities(scaled.flip(-1)).flip(-1)
    return total / (len(ratios) * (2 if flip else 1))


def _resize(image: NDArray[np.uint8], size: tuple[int, int]) -> Tensor:
    """Return a picture of `size` (height, width) as (1, 3, h, w) in [0, 1]."""
    resized = cv2.resize(image, size[::-1], interpolation=cv2.INTER_LINEAR)
    return torch.from_numpy(resized).permute(2, 0, 1).unsqueeze(0).float() / 255
