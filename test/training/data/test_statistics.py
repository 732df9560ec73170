# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diffperc_ros.scenes.classes import CLASSES
from diffperc_ros.training.data.statistics import majority_map, mean_mask


def test_the_majority_of_each_place(tmp_path: Path) -> None:
    label = np.full((3, 24, 32), 1, np.uint8)
    label[:2, :12] = 3
    label[:, 0, 0] = (0, 0, 5)
    np.save(tmp_path / 'label.npy', label)
    found = majority_map([tmp_path], len(CLASSES))
    assert (found[1:12] == 2).all()
    assert (found[12:] == 0).all()
    # Nothing is no class, however often it is there.
    assert found[0, 0] == 4


def test_the_mean_mask_answers_as_well_as_one_answer_can() -> None:
    left, right = np.zeros((24, 32), bool), np.zeros((24, 32), bool)
    left[:, :16], right[:, 24:] = True, True
    found = mean_mask([left, left, left, right])
    assert found.shares[0, 0] == pytest.approx(0.75)
    assert found.shares[0, 31] == pytest.approx(0.25)
    assert found.shares[0, 20] == 0.0
    # Left alone: 3 x 16 of 4 x 16 + 8; left and right: 3 x 16 + 8 of 4 x 24.
    assert found.threshold == pytest.approx(0.75)
