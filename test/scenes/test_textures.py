# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import numpy as np
import pytest

from diffperc_ros.scenes.rendering.bank import build, pyramid
from diffperc_ros.scenes.textures import FAMILIES, SIZE, draw, noise


@pytest.mark.parametrize('family', list(FAMILIES))
def test_every_family_draws_varied_pictures_from_its_seed(family: str) -> None:
    first, again, other = (draw(np.random.default_rng(seed), family) for seed in (5, 5, 6))
    assert first.shape == (SIZE, SIZE, 3)
    assert first.dtype == np.uint8
    assert np.ptp(first) > 3
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_noise_tiles() -> None:
    field = noise(np.random.default_rng(0), 1.5)
    inside = np.abs(np.diff(field, axis=0)).mean()
    assert np.abs(field[0] - field[-1]).mean() < 2 * inside
    assert 0 <= field.min() < field.max() <= 1


def test_pyramid_ends_in_the_mean() -> None:
    picture = draw(np.random.default_rng(0), 'printed')
    levels = pyramid(picture)
    assert len(levels) == sum(4**k for k in range(SIZE.bit_length()))
    np.testing.assert_allclose(levels[-1], picture.reshape(-1, 3).mean(0), atol=5)


def test_bank_appends_given_pictures() -> None:
    white = np.full((SIZE, SIZE, 3), 255, np.uint8)
    bank = build(0, 1, [white])
    assert list(bank.families['pictures']) == [len(FAMILIES)]
    assert (bank.texels[-1] == 255).all()
