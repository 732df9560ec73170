# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Under which rules depth is measured."""

from __future__ import annotations

import math
from dataclasses import dataclass

from diffperc_ros.core.errors import SettingError
from diffperc_ros.evaluation.rules import Rules

MIN_DEPTH = 1e-3
"""Nearest ground truth that counts, metres; the papers' value."""


@dataclass(frozen=True)
class Protocol(Rules):
    """The rules of a depth evaluation, printed into every result.

    Parameters
    ----------
    cap : ground truth counts where `min_depth < truth < cap`, metres; predictions are clipped to
        [min_depth, cap].
    min_depth : see `cap`.
    crop : part of the image that counts; 'none' is all of it.
    alignment : 'metric': the prediction as it is. 'median_scaled': times median(truth) /
        median(prediction), per image, over the pixels that count, before clipping.
    tta : test-time augmentation; 'none' is what a robot runs.
    prompt_source : what the network was told about the picture.
    resize : how a prediction is brought to the size of its ground truth.
    pooling : how the figures of images become one.

    Raises
    ------
    SettingError : the cap is not a finite number beyond `min_depth`.
    """

    cap: float = 10.0
    min_depth: float = MIN_DEPTH
    crop: str = 'none'
    alignment: str = 'metric and median_scaled, side by side'
    tta: str = 'none'
    prompt_source: str = 'none'
    resize: str = 'prediction to ground-truth size, bilinear, half-pixel centres'
    pooling: str = 'mean over images of equal weight; over pixels where named so'

    def __post_init__(self) -> None:
        if not (math.isfinite(self.cap) and self.cap > self.min_depth > 0):
            raise SettingError(
                f'cap must be a finite depth in metres beyond {self.min_depth}, not {self.cap}'
            )
        super().__post_init__()
