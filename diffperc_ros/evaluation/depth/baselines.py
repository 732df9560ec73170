# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Answers that need no model: what a depth network must beat to be worth its time.

A bundle carries two, both learned from its training set: one depth for every pixel, and one
depth per place in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.manifest import DepthBaselines
from diffperc_ros.core.camera import Camera
from diffperc_ros.core.errors import BundleError
from diffperc_ros.core.transforms import Size, resize
from diffperc_ros.perception.prepare import restore_map


@dataclass(frozen=True, eq=False)
class Baselines:
    """The two baselines of a bundle.

    Parameters
    ----------
    median_depth : metres.
    mean_map : float32 (h, w), depth over focal length in image widths.
    """

    median_depth: float
    mean_map: NDArray[np.float32]

    def maps(self, camera: Camera | None, size: Size) -> dict[str, NDArray[np.float32]]:
        """Return the depth that each baseline gives a picture.

        Parameters
        ----------
        camera : intrinsics of the picture; without them 'mean_map' is right up to scale only.
        size : (width, height) of the maps wanted.

        Returns
        -------
        name ('median_depth', 'mean_map') -> float32 (height, width) metres.
        """
        width, height = size
        focal_length = 1.0 if camera is None else camera.focal_length / camera.width
        stretched = restore_map(self.mean_map, resize(size, self.mean_map.shape[::-1]))
        return {
            'median_depth': np.full((height, width), self.median_depth, np.float32),
            'mean_map': stretched * np.float32(focal_length),
        }


def bundle_baselines(bundle: Bundle) -> Baselines | None:
    """Return the baselines that a bundle carries, or None when it carries none.

    Raises
    ------
    BundleError : the mean map is not a float32 (h, w) array of positive finite numbers.
    """
    declared = bundle.manifest.baselines
    if not isinstance(declared, DepthBaselines):
        return None
    file = bundle.file(declared.mean_map)
    try:
        mean_map = np.load(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise BundleError(f'{file}: not readable as a NumPy array: {error}') from error
    if mean_map.ndim != 2 or mean_map.dtype != np.float32:
        raise BundleError(
            f'{file}: the mean map must be float32 (h, w), not {mean_map.dtype} {mean_map.shape}'
        )
    if not (np.isfinite(mean_map).all() and (mean_map > 0).all()):
        raise BundleError(f'{file}: the mean map holds values that are not positive and finite')
    return Baselines(declared.median_depth, mean_map)
