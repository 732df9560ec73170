# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An answer that needs no model: the most frequent class of every place in the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.labels import read_labels
from diffperc_ros.bundle.manifest import SegmentationBaselines
from diffperc_ros.core.errors import BundleError
from diffperc_ros.core.frame import Stamp
from diffperc_ros.core.results import Segmentation

MAJORITY = 'majority_map'


def majority_answer(bundle: Bundle) -> Segmentation | None:
    """Return the baseline's mask as if a model had answered; None where the bundle has none.

    Raises
    ------
    BundleError : the file is no uint8 (h, w) array of the bundle's channels.
    """
    declared = bundle.manifest.baselines
    if not isinstance(declared, SegmentationBaselines):
        return None
    file, labels = bundle.file(declared.file), read_labels(bundle)
    try:
        channels: NDArray[np.uint8] = np.load(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise BundleError(f'{file}: not readable as a NumPy array: {error}') from error
    if channels.ndim != 2 or channels.dtype != np.uint8 or channels.max(initial=0) >= len(labels):
        raise BundleError(
            f'{file}: the majority map must be uint8 (h, w) of channels below {len(labels)}, not '
            f'{channels.dtype} {channels.shape}'
        )
    names = {label.index + 1: label.name for label in labels}
    sure = np.full(channels.shape, 255, np.uint8)
    return Segmentation(channels + np.uint8(1), sure, names, Stamp(0, 0), '', None)
