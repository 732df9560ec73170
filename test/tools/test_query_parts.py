# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np

from tools.query_parts import agreement


def test_only_clear_cells_are_counted() -> None:
    told = np.array([[[True, True, True, False]], [[False, False, True, True]]])
    truth = np.array([[[1, 0, -1, 1]], [[-1, -1, -1, 0]]], np.int8)
    assert agreement(told, truth).tolist() == [[1, 2, 2], [0, 1, 0]]
