# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of a set of pixels, kept so that sets can be pooled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.evaluation.metrics.depth import DepthMetrics, depth_metrics, mean_metrics

LOWER_IS_BETTER = ('abs_rel', 'sq_rel', 'rmse', 'rmse_log', 'log10', 'silog')
HIGHER_IS_BETTER = ('delta1', 'delta2', 'delta3')
METRICS = LOWER_IS_BETTER + HIGHER_IS_BETTER
"""Names of the metrics that are reported, in this order."""


@dataclass(frozen=True)
class PixelErrors:
    """Errors over one set of pixels.

    Parameters
    ----------
    pixels : how many.
    metrics : the papers' metrics over them.
    mean_log_error : mean of ln(prediction) - ln(truth), which pooling needs.
    """

    pixels: int
    metrics: DepthMetrics
    mean_log_error: float


def pixel_errors(prediction: NDArray[np.floating], truth: NDArray[np.floating]) -> PixelErrors:
    """Measure a set of pixels.

    Parameters
    ----------
    prediction, truth : (n,) metres, finite and positive.

    Raises
    ------
    EvaluationError : no pixels, or values that are not depth.
    """
    metrics = depth_metrics(prediction, truth)
    offset = np.mean(np.log(prediction, dtype=np.float64) - np.log(truth, dtype=np.float64))
    return PixelErrors(prediction.size, metrics, float(offset))


def mean_over_images(errors: Sequence[PixelErrors]) -> DepthMetrics:
    """Return each metric averaged over images of equal weight, as the papers do."""
    return mean_metrics([image.metrics for image in errors])


def pool_over_pixels(errors: Sequence[PixelErrors]) -> DepthMetrics:
    """Return each metric as if all pixels of all sets were one image.

    Root mean squares are pooled as mean squares, so the pooled `rmse` is at least the smallest of
    the sets' and differs from their mean.
    """
    pixels = [part.pixels for part in errors]

    def mean(name: str, power: int = 1) -> float:
        values = [getattr(part.metrics, name) ** power for part in errors]
        return float(np.average(values, weights=pixels))

    mean_square_log = mean('rmse_log', power=2)
    offset = float(np.average([part.mean_log_error for part in errors], weights=pixels))
    return DepthMetrics(
        abs_rel=mean('abs_rel'),
        sq_rel=mean('sq_rel'),
        rmse=math.sqrt(mean('rmse', power=2)),
        rmse_log=math.sqrt(mean_square_log),
        log10=mean('log10'),
        silog=100 * math.sqrt(max(mean_square_log - offset**2, 0.0)),
        silog_loss05=math.sqrt(mean_square_log - 0.5 * offset**2),
        delta1=mean('delta1'),
        delta2=mean('delta2'),
        delta3=mean('delta3'),
    )
