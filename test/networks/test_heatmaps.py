# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from diffperc_ros.networks.coco_person import KEYPOINTS, MIRRORED
from diffperc_ros.networks.heatmaps import (
    decode_heatmaps,
    encode_heatmaps,
    heatmap_weights,
    predict_with_flip,
)

SIZE, STRIDE = (64, 48), 4
EPSILON = 1e-3


@settings(max_examples=200, deadline=None)
@given(x=st.floats(-0.5, 47.5), y=st.floats(-0.5, 63.5), sigma=st.sampled_from([1.0, 2.0, 3.0]))
def test_what_was_encoded_is_found_within_half_a_cell(x: float, y: float, sigma: float) -> None:
    """A quarter of a cell, but for the outer half cell, where there is only one neighbour."""
    pixel = torch.tensor([[x, y]], dtype=torch.float64) * STRIDE + 1.5
    maps = encode_heatmaps(pixel, SIZE, STRIDE, sigma)
    decoded, scores = decode_heatmaps(maps, STRIDE)
    error = (decoded - pixel).abs()[0] / STRIDE
    for place, length, axis_error in zip((x, y), (48, 64), error.tolist(), strict=True):
        interior = 0.5 < place < length - 1.5
        assert axis_error <= (0.25 if interior else 0.5) + EPSILON
    assert 0 < float(scores) <= 1


def test_a_cell_is_the_middle_of_its_pixels() -> None:
    maps = torch.zeros(1, 8, 6)
    maps[0, 2, 5] = 0.7
    points, scores = decode_heatmaps(maps, 4)
    assert points.tolist() == [[5 * 4 + 1.5, 2 * 4 + 1.5]]
    assert scores.tolist() == pytest.approx([0.7])
    target = encode_heatmaps(points, (8, 6), 4)
    assert float(target[0, 2, 5]) == 1


@pytest.mark.parametrize(
    ('right', 'below', 'expected'),
    [(0.5, 0.1, (3.25, 1.75)), (0.1, 0.5, (2.75, 2.25)), (0.2, 0.2, (3.0, 2.0))],
)
def test_the_higher_neighbour_pulls(
    right: float, below: float, expected: tuple[float, float]
) -> None:
    maps = torch.zeros(1, 6, 6)
    maps[0, 2, 3] = 1
    maps[0, 2, 2] = maps[0, 1, 3] = 0.2
    maps[0, 2, 4], maps[0, 3, 3] = right, below
    points, _ = decode_heatmaps(maps, 1)
    assert points[0].tolist() == pytest.approx(expected)


def test_only_labelled_keypoints_inside_count() -> None:
    points = torch.tensor([[0.0, 0.0], [191.0, 255.0], [-3.0, 5.0], [5.0, 257.0], [9.0, 9.0]])
    visible = torch.tensor([2, 1, 2, 2, 0])
    assert heatmap_weights(points, visible, SIZE, STRIDE).tolist() == [1, 1, 0, 0, 0]


def test_left_and_right_change_places_in_the_mirror() -> None:
    assert [MIRRORED[i] for i in MIRRORED] == list(range(17))
    for name, mirror in zip(KEYPOINTS, MIRRORED, strict=True):
        swapped = name.replace('left', '*').replace('right', 'left').replace('*', 'right')
        assert KEYPOINTS[mirror] == swapped


def test_the_flip_test_changes_nothing_where_the_network_is_mirror_true() -> None:
    """Red left of the middle is left; in the mirror the network sees it right and calls it so."""

    def side_aware(image: Tensor) -> Tensor:
        maps = torch.nn.functional.avg_pool2d(image, STRIDE)[:, :1]
        half = maps.shape[-1] // 2
        left, right = maps.clone(), maps.clone()
        left[..., half:] = 0
        right[..., :half] = 0
        return torch.cat((left, right), dim=1)

    image = torch.rand(2, 3, 32, 48, generator=torch.Generator().manual_seed(0))
    both = predict_with_flip(side_aware, image, (1, 0))
    torch.testing.assert_close(both, side_aware(image))
    wrong = predict_with_flip(side_aware, image, (0, 1))
    assert not torch.allclose(wrong, side_aware(image))


def test_a_flip_encodes_to_a_flipped_map() -> None:
    points = torch.tensor([[13.0, 40.0]])
    mirrored = torch.tensor([[191 - 13.0, 40.0]])
    torch.testing.assert_close(
        encode_heatmaps(mirrored, SIZE, STRIDE), encode_heatmaps(points, SIZE, STRIDE).flip(-1)
    )


def test_the_shift_moves_mirrored_maps_one_cell_to_the_right() -> None:
    def constant(image: Tensor) -> Tensor:
        maps = torch.zeros(len(image), 1, 2, 6)
        maps[..., 2] = 1
        return maps

    image = torch.zeros(1, 3, 8, 24)
    assert predict_with_flip(constant, image, (0,))[0, 0, 0].tolist() == [0, 0, 0.5, 0.5, 0, 0]
    shifted = predict_with_flip(constant, image, (0,), shift=True)
    assert shifted[0, 0, 0].tolist() == [0, 0, 0.5, 0, 0.5, 0]
