# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How far one prediction is from its ground truth, in every way that is reported."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.results import DepthKind
from diffperc_ros.core.transforms import resize
from diffperc_ros.evaluation.depth.protocol import Protocol
from diffperc_ros.evaluation.metrics.depth import (
    limit_prediction,
    median_scale,
    valid_mask,
)
from diffperc_ros.evaluation.metrics.pixel_errors import PixelErrors, pixel_errors
from diffperc_ros.evaluation.metrics.regions import range_masks, region_masks
from diffperc_ros.perception.prepare import restore_map

METRIC, MEDIAN_SCALED = 'metric', 'median_scaled'
ALIGNMENTS = (METRIC, MEDIAN_SCALED)

Aligned = dict[str, PixelErrors]
"""Alignment -> errors; 'metric' is absent where the prediction is relative."""


@dataclass(frozen=True)
class ImageScore:
    """Errors of one image.

    Parameters
    ----------
    truth_pixels : pixels whose ground truth counts.
    answered_pixels : those of them for which the prediction has an answer; all errors are over
        these.
    scale : median(truth) / median(prediction), the factor of the median scaling; NaN without an
        answered pixel.
    errors : over the whole image.
    by_range, by_region : part -> errors; parts without pixels are absent.
    baselines : baseline -> errors over the very same pixels.
    """

    truth_pixels: int
    answered_pixels: int
    scale: float
    errors: Aligned
    by_range: dict[str, Aligned]
    by_region: dict[str, Aligned]
    baselines: dict[str, Aligned]

    @property
    def coverage(self) -> float:
        """Share of the pixels with ground truth for which there is an answer; NaN without any."""
        return self.answered_pixels / self.truth_pixels if self.truth_pixels else math.nan


@dataclass(frozen=True, eq=False)
class _Alignments:
    """One prediction, clipped, at the pixels that count, once per alignment."""

    values: dict[str, NDArray[np.float32]]
    scale: float

    def errors(
        self, truth: NDArray[np.float32], where: NDArray[np.bool_] | None = None
    ) -> Aligned:
        """Return the errors at the pixels `where` (all by default); empty without pixels."""
        if where is None:
            where = np.ones(truth.shape, np.bool_)
        if not where.any():
            return {}
        return {
            name: pixel_errors(values[where], truth[where]) for name, values in self.values.items()
        }


def fit_to_truth(prediction: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Bring a prediction (h, w) to ground-truth `shape`, bilinearly; NaN and infinity stay."""
    if prediction.shape == shape:
        return prediction
    return restore_map(prediction, resize(shape[::-1], prediction.shape[::-1]))


def score_image(
    prediction: NDArray[np.float32],
    kind: DepthKind,
    truth: NDArray[np.float32],
    protocol: Protocol,
    baselines: Mapping[str, NDArray[np.float32]] | None = None,
) -> ImageScore:
    """Compare one prediction with its ground truth.

    Parameters
    ----------
    prediction : float32 (h, w); NaN (or nothing positive) is no answer, +infinity is `cap`.
    kind : 'metric' or 'relative'; a relative prediction has no metric errors.
    truth : float32 (H, W) metres; what is not finite or not between the protocol's bounds does
        not count.
    protocol : bounds; the prediction is clipped to them after alignment.
    baselines : name -> float32 (H, W) metres, scored on the same pixels.
    """
    fitted = fit_to_truth(prediction, truth.shape)
    counts = valid_mask(truth, protocol.min_depth, protocol.cap)
    with np.errstate(invalid='ignore'):
        used = counts & (fitted > 0)
    if not used.any():
        return ImageScore(int(counts.sum()), 0, math.nan, {}, {}, {}, {})
    wanted = truth[used]
    ours = _align(fitted[used], wanted, kind, protocol)
    return ImageScore(
        truth_pixels=int(counts.sum()),
        answered_pixels=int(used.sum()),
        scale=ours.scale,
        errors=ours.errors(wanted),
        by_range=_by_part(ours, wanted, range_masks(wanted)),
        by_region=_by_part(
            ours,
            wanted,
            {name: mask[used] for name, mask in region_masks(truth.shape).items()},
        ),
        baselines={
            name: _align(values[used], wanted, kind, protocol).errors(wanted)
            for name, values in (baselines or {}).items()
        },
    )


def _align(
    values: NDArray[np.float32],
    truth: NDArray[np.float32],
    kind: DepthKind,
    protocol: Protocol,
) -> _Alignments:
    known = np.where(np.isposinf(values), np.float32(protocol.cap), values)
    scale = median_scale(known, truth)
    aligned = {METRIC: known} if kind == 'metric' else {}
    aligned[MEDIAN_SCALED] = known * np.float32(scale)
    return _Alignments(
        {
            name: limit_prediction(aligned_values, protocol.min_depth, protocol.cap)
            for name, aligned_values in aligned.items()
        },
        scale,
    )


def _by_part(
    ours: _Alignments, truth: NDArray[np.float32], masks: Mapping[str, NDArray[np.bool_]]
) -> dict[str, Aligned]:
    errors = {name: ours.errors(truth, mask) for name, mask in masks.items()}
    return {name: found for name, found in errors.items() if found}
