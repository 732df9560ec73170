# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffperc_ros.bundle.manifest import ImageInput
from diffperc_ros.perception.prepare import fit_transform, prepare_image, restore_map

LETTERBOX = ImageInput(width=64, height=48)
sides = st.integers(8, 200)


def ramp(width: int, height: int) -> np.ndarray:
    """A plane over the pixels of a picture: bilinear interpolation leaves it as it is."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return (10 + (x + 0.5) / width + 2 * (y + 0.5) / height).astype(np.float32)


@given(sides, sides, st.sampled_from(['letterbox', 'stretch']))
def test_a_plane_over_the_grid_is_a_plane_over_the_picture(
    width: int, height: int, fit: str
) -> None:
    transform = fit_transform((width, height), ImageInput(width=64, height=48, fit=fit))
    box = transform.content
    grid = np.full((48, 64), 1e6, np.float32)
    grid[box.slices] = ramp(box.width, box.height)
    restored = restore_map(grid, transform)
    assert restored.shape == (height, width)
    inner = (slice(height // 4, -(height // 4)), slice(width // 4, -(width // 4)))
    # Half a cell of the grid at most: borders are held, not extrapolated.
    np.testing.assert_allclose(restored[inner], ramp(width, height)[inner], atol=3.0 / 8)
    assert restored.max() < 14, 'padding leaked into the picture'


def test_padding_surrounds_and_colours_keep_their_order() -> None:
    image = np.zeros((90, 160, 3), np.uint8)
    image[..., 0] = 200
    prepared = prepare_image(image, fit_transform((160, 90), LETTERBOX), 127)
    assert prepared.shape == (1, 3, 48, 64)
    assert prepared.flags.c_contiguous
    assert prepared[0, :, 0, 0].tolist() == [127, 127, 127]
    assert prepared[0, :, 24, 32].tolist() == [200, 0, 0]
    rows = np.flatnonzero((prepared[0, 0] == 200).all(axis=1))
    assert (rows[0], rows[-1]) == (6, 41)


def test_a_coarser_grid_is_brought_to_the_picture_too() -> None:
    transform = fit_transform((128, 96), LETTERBOX)
    grid = np.full((12, 16), 3.0, np.float32)
    np.testing.assert_allclose(restore_map(grid, transform), np.full((96, 128), 3.0))


@pytest.mark.parametrize(
    ('value', 'expected'), [(np.nan, np.nan), (np.inf, np.inf), (-np.inf, np.nan)]
)
def test_special_values_stay_where_they_are(value: float, expected: float) -> None:
    transform = fit_transform((128, 96), LETTERBOX)
    grid = np.full((48, 64), 2.0, np.float32)
    grid[10:20, 10:20] = value
    restored = restore_map(grid, transform)
    np.testing.assert_equal(restored[30, 30], np.float32(expected))
    assert restored[60, 60] == 2.0
    finite = restored[np.isfinite(restored)]
    assert finite.min() == finite.max() == 2.0
