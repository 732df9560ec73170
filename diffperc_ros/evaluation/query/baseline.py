# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An answer that needs no model: the places where objects mostly are, whatever is asked for."""

from __future__ import annotations

import cv2
import numpy as np

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.manifest import QueryBaselines
from diffperc_ros.core.errors import BundleError
from diffperc_ros.evaluation.query.answers import MaskBaseline

MEAN_MASK = 'mean_mask'


def mean_mask_answer(bundle: Bundle) -> MaskBaseline | None:
    """Return the baseline of a bundle; None where it has none.

    Raises
    ------
    BundleError : the file is no float32 (h, w) array of shares.
    """
    declared = bundle.manifest.baselines
    if not isinstance(declared, QueryBaselines):
        return None
    file, threshold = bundle.file(declared.file), declared.threshold
    try:
        shares = np.load(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise BundleError(f'{file}: not readable as a NumPy array: {error}') from error
    if shares.ndim != 2 or shares.dtype != np.float32 or not ((shares >= 0) & (shares <= 1)).all():
        raise BundleError(
            f'{file}: the mean mask must be float32 (h, w) of shares 0..1, not '
            f'{shares.dtype} {shares.shape}'
        )

    def answer(shape: tuple[int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        enlarged = cv2.resize(shares, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
        return np.asarray(enlarged >= threshold, np.bool_)

    return answer
