# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Semantic segmentation: one confusion matrix for a whole set, then shares by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import EvaluationError

IGNORED = 255


@dataclass(frozen=True)
class SegmentationMetrics:
    """Metrics over all pixels of a set, shares in [0, 1] (mmsegmentation's definitions).

    Parameters
    ----------
    mean_iou : mean of `iou` over the classes that were labelled or predicted anywhere.
    mean_accuracy : mean of `accuracy` over the classes that were labelled anywhere.
    pixel_accuracy : share of the labelled pixels that are right.
    iou : for each class, intersection over union; NaN where the class never occurs.
    accuracy : for each class, share of its pixels found; NaN where it was never labelled.
    """

    mean_iou: float
    mean_accuracy: float
    pixel_accuracy: float
    iou: tuple[float, ...]
    accuracy: tuple[float, ...]


def confusion_matrix(
    prediction: NDArray[np.integer], label: NDArray[np.integer], classes: int
) -> NDArray[np.int64]:
    """Count pixels by label (row) and prediction (column); matrices of images add up.

    Parameters
    ----------
    prediction : class of every pixel, any shape.
    label : of the same shape; 255 is no label, and such pixels count nowhere.
    classes : number of classes.

    Raises
    ------
    EvaluationError : other shapes, or a class that is not below `classes`.
    """
    if prediction.shape != label.shape:
        raise EvaluationError(
            f'the prediction has shape {prediction.shape}, its label {label.shape}; '
            "compare at the label's size"
        )
    labelled = label != IGNORED
    rows = label[labelled].astype(np.int64)
    columns = prediction[labelled].astype(np.int64)
    for name, values in (('label', rows), ('prediction', columns)):
        if values.size and not 0 <= values.min() <= values.max() < classes:
            raise EvaluationError(
                f'the {name} has classes from {values.min()} to {values.max()}; '
                f'there are {classes}, counted from 0'
            )
    counts = np.bincount(rows * classes + columns, minlength=classes**2)
    return counts.reshape(classes, classes).astype(np.int64)


def segmentation_metrics(confusion: NDArray[np.int64]) -> SegmentationMetrics:
    """Return the metrics of a whole set's confusion matrix (classes, classes).

    Raises
    ------
    EvaluationError : not one labelled pixel.
    """
    labelled = confusion.sum(axis=1)
    if not labelled.any():
        raise EvaluationError('no pixel is labelled, so nothing can be measured')
    right = np.diagonal(confusion)
    iou = _share(right, labelled + confusion.sum(axis=0) - right)
    accuracy = _share(right, labelled)
    return SegmentationMetrics(
        mean_iou=float(np.nanmean(iou)),
        mean_accuracy=float(np.nanmean(accuracy)),
        pixel_accuracy=float(right.sum() / labelled.sum()),
        iou=tuple(iou.tolist()),
        accuracy=tuple(accuracy.tolist()),
    )


def drop_zero_label(annotation: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Return labels of an ADE20K annotation: 0 (other) becomes 255, k becomes k - 1.

    255 stays 255.
    """
    wide = annotation.astype(np.int64) - 1
    wide[(annotation == 0) | (annotation == IGNORED)] = IGNORED
    return wide.astype(np.uint8)


def _share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    shares = np.full(len(whole), np.nan)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares
