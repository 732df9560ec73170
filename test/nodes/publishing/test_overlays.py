# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np

from diffperc_ros.nodes.publishing.overlays import coloured_depth, painted, palette


def test_colours_run_from_red_to_blue_and_nothing_is_black() -> None:
    depth = np.array([[0.1, 1.0, 10.0, np.inf, np.nan]], np.float32)
    near, middle, far, beyond, nothing = coloured_depth(depth, 0.1, 10.0)[0].astype(int)
    assert near[0] > near[2]
    assert middle[1] > max(middle[0], middle[2]) - 60
    assert far[2] >= far[0]
    assert (beyond == far).all()
    assert not nothing.any()


def test_a_mask_is_laid_over_the_image_and_none_is_not() -> None:
    image = np.full((1, 4, 3), 100, np.uint8)
    ids = np.array([[0, 1, 2, 255]], np.uint8)
    colours = palette({1: (200, 0, 0), 2: (0, 255, 0)})
    mixed = painted(image, ids, colours)[0].tolist()
    assert mixed == [[100, 100, 100], [150, 50, 50], [50, 178, 50], [50, 50, 50]]
    assert (image == 100).all()
