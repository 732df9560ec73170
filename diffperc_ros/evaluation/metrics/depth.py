# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The depth metrics of the papers, for the pixels of one image.

Depth is along the optical axis, in metres. Every function takes whole maps or the pixels picked
from them: only `crop_mask` looks at the position of a pixel. Figures of several images are the
mean of the images' figures (`mean_metrics`), as in Eigen et al., BTS, VPD and MetaPrompts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import EvaluationError

Crop = Literal['none', 'nyu_eigen', 'kitti_garg', 'kitti_garg_kb_crop', 'kitti_eigen']

_KB_CROP = (352, 1216)


@dataclass(frozen=True)
class DepthMetrics:
    """How far a prediction p is from ground truth g over a set of pixels; e = ln p - ln g.

    Attributes
    ----------
    abs_rel
        mean |p - g| / g.
    sq_rel
        mean (p - g)^2 / g, metres.
    rmse
        Root of the mean (p - g)^2, metres.
    rmse_log
        Root of the mean e^2 (natural logarithm).
    log10
        mean |log10 p - log10 g|.
    silog
        100 * sqrt(mean e^2 - (mean e)^2), as KITTI defines it: the same for p and for 2 p.
    silog_loss05
        sqrt(mean e^2 - 0.5 (mean e)^2), what VPD and MetaPrompts print as silog.
    delta1, delta2, delta3
        Share of pixels with max(p / g, g / p) < 1.25, 1.25^2, 1.25^3, strictly.
    """

    abs_rel: float
    sq_rel: float
    rmse: float
    rmse_log: float
    log10: float
    silog: float
    silog_loss05: float
    delta1: float
    delta2: float
    delta3: float


def depth_metrics(prediction: NDArray[Any], ground_truth: NDArray[Any]) -> DepthMetrics:
    """Return the metrics over all given pixels, each of which counts the same.

    Parameters
    ----------
    prediction, ground_truth
        Floating point, one shape, finite and positive, metres. Pick the pixels with `valid_mask`
        and bring the prediction into range with `limit_prediction` first.

    Raises
    ------
    EvaluationError
        When there is no pixel, the shapes differ, or a value is not finite and positive.
    """
    p = np.asarray(prediction, np.float64)
    g = np.asarray(ground_truth, np.float64)
    if p.shape != g.shape:
        raise EvaluationError(
            f'prediction has shape {p.shape} but ground truth {g.shape}; resize the prediction'
        )
    if p.size == 0:
        raise EvaluationError('no pixel has valid ground truth, so there is nothing to measure')
    for name, depth in (('prediction', p), ('ground truth', g)):
        if not (np.isfinite(depth).all() and (depth > 0).all()):
            raise EvaluationError(f'{name} holds depths that are not finite and positive')
    difference = p - g
    log_difference = np.log(p) - np.log(g)
    mean_square_log = np.mean(log_difference**2)
    square_mean_log = np.mean(log_difference) ** 2
    ratio = np.maximum(p / g, g / p)
    return DepthMetrics(
        abs_rel=float(np.mean(np.abs(difference) / g)),
        sq_rel=float(np.mean(difference**2 / g)),
        rmse=float(np.sqrt(np.mean(difference**2))),
        rmse_log=float(np.sqrt(mean_square_log)),
        log10=float(np.mean(np.abs(np.log10(p) - np.log10(g)))),
        # A prediction that is off by one factor alone leaves nothing but rounding, of either sign.
        silog=float(100 * np.sqrt(max(mean_square_log - square_mean_log, 0.0))),
        silog_loss05=float(np.sqrt(mean_square_log - 0.5 * square_mean_log)),
        delta1=float(np.mean(ratio < 1.25)),
        delta2=float(np.mean(ratio < 1.25**2)),
        delta3=float(np.mean(ratio < 1.25**3)),
    )


def mean_metrics(images: Sequence[DepthMetrics]) -> DepthMetrics:
    """Return the mean over images of equal weight.

    Raises
    ------
    EvaluationError
        When there is no image.
    """
    if not images:
        raise EvaluationError('no image was measured, so there is no mean')
    names = [field.name for field in fields(DepthMetrics)]
    return DepthMetrics(
        **{name: float(np.mean([getattr(image, name) for image in images])) for name in names}
    )


def valid_mask(
    ground_truth: NDArray[Any],
    min_depth: float = 1e-3,
    max_depth: float = 10.0,
    crop: Crop = 'none',
) -> NDArray[np.bool_]:
    """Return which pixels (H, W) count: min_depth < g < max_depth, strictly, inside the crop.

    Missing ground truth (0, NaN, either infinity) never counts.
    """
    valid: NDArray[np.bool_] = (ground_truth > min_depth) & (ground_truth < max_depth)
    return valid if crop == 'none' else valid & crop_mask(ground_truth.shape, crop)


def crop_mask(shape: tuple[int, ...], crop: Crop) -> NDArray[np.bool_]:
    """Return which pixels of a map of the given (H, W) a published crop keeps.

    Parameters
    ----------
    shape
        (H, W) of the ground truth.
    crop
        'nyu_eigen': rows 45:471, columns 41:601 of 480x640. 'kitti_garg' and 'kitti_eigen':
        fractions of the full frame (BTS, ZoeDepth). 'kitti_garg_kb_crop': Garg's fractions of
        the frame's bottom centre 352x1216 (GLPDepth, VPD, MetaPrompts), a region that starts 13
        rows lower on 375x1242. The two Garg regions are different tests.

    Raises
    ------
    EvaluationError
        When the crop is not defined for this size.
    """
    height, width = shape
    top, left = 0, 0
    if crop == 'nyu_eigen':
        if (height, width) != (480, 640):
            raise EvaluationError(f'crop nyu_eigen is defined on 480x640, not on {height}x{width}')
        rows, columns = slice(45, 471), slice(41, 601)
    elif crop == 'none':
        rows, columns = slice(None), slice(None)
    else:
        if crop == 'kitti_garg_kb_crop':
            if height < _KB_CROP[0] or width < _KB_CROP[1]:
                raise EvaluationError(f'crop {crop} needs 352x1216 or more, not {height}x{width}')
            top, left = height - _KB_CROP[0], (width - _KB_CROP[1]) // 2
            height, width = _KB_CROP
        if crop == 'kitti_eigen':
            fractions = (0.3324324, 0.91351351, 0.0359477, 0.96405229)
        else:
            fractions = (0.40810811, 0.99189189, 0.03594771, 0.96405229)
        first_row, end_row, first_column, end_column = fractions
        rows = slice(top + int(first_row * height), top + int(end_row * height))
        columns = slice(left + int(first_column * width), left + int(end_column * width))
    mask = np.zeros(shape, np.bool_)
    mask[rows, columns] = True
    return mask


def limit_prediction(
    prediction: NDArray[Any],
    min_depth: float = 1e-3,
    max_depth: float = 10.0,
    *,
    as_published: bool = False,
) -> NDArray[Any]:
    """Return a copy without NaN and infinity, clipped to [min_depth, max_depth].

    NaN becomes `min_depth`, so that a method cannot gain by not answering.

    Parameters
    ----------
    prediction
        Depth, metres.
    min_depth, max_depth
        Bounds, metres.
    as_published
        VPD's and MetaPrompts' treatment instead: both infinities become `max_depth`, NaN becomes
        `min_depth`, nothing is clipped.
    """
    if as_published:
        finite: NDArray[Any] = np.nan_to_num(
            prediction, nan=min_depth, posinf=max_depth, neginf=max_depth
        )
        return finite
    clipped: NDArray[Any] = np.clip(np.nan_to_num(prediction, nan=min_depth), min_depth, max_depth)
    return clipped


def median_scale(prediction: NDArray[Any], ground_truth: NDArray[Any]) -> float:
    """Return median(g) / median(p), the factor that aligns one image's prediction.

    Parameters
    ----------
    prediction, ground_truth
        The valid pixels of one image; pixels whose prediction is not finite are left out. Scale
        first, then clip (monodepth2).

    Raises
    ------
    EvaluationError
        When no prediction is finite or their median is not positive.
    """
    finite = np.isfinite(prediction)
    if not finite.any():
        raise EvaluationError('no valid pixel has a finite prediction, so there is no median')
    median = float(np.median(prediction[finite]))
    if median <= 0:
        raise EvaluationError(f'the median of the predictions is {median}; it must be positive')
    return float(np.median(ground_truth[finite])) / median
