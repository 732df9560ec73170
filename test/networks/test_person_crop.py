# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.heatmaps import encode_heatmaps
from diffperc_ros.networks.person_crop import cut, person_crop, predict_people

PICTURE = (640, 480)
lengths = st.floats(1, 800)


@settings(max_examples=100, deadline=None)
@given(st.floats(-200, 600), st.floats(-200, 400), lengths, lengths)
def test_the_inverse_maps_keypoints_back(
    left: float, top: float, width: float, height: float
) -> None:
    transform = person_crop((left, top, width, height), PICTURE)
    points = np.array([[0.0, 0.0], [17.5, 300.0], [639.0, 479.0]])
    np.testing.assert_allclose(
        transform.inverse().points(transform.points(points)), points, atol=1e-6
    )


@settings(max_examples=100, deadline=None)
@given(st.floats(-200, 600), st.floats(-200, 400), lengths, lengths)
def test_the_padded_box_fills_the_crop_one_way_and_keeps_its_ratio(
    left: float, top: float, width: float, height: float
) -> None:
    transform = person_crop((left, top, width, height), PICTURE)
    assert transform.scale_x == transform.scale_y
    corners = np.array([[left, top], [left + width, top + height]]) - 0.5
    (x0, y0), (x1, y1) = transform.points(corners)
    assert x0 + x1 == pytest.approx(191, abs=1e-6)
    assert y0 + y1 == pytest.approx(255, abs=1e-6)
    assert max((x1 - x0) / 192, (y1 - y0) / 256) == pytest.approx(1 / 1.25)


def test_the_cut_shows_what_the_transform_says() -> None:
    picture = np.full((480, 640, 3), 10, np.uint8)
    picture[200:204, 300:304] = 250
    transform = person_crop((280, 160, 60, 90), PICTURE)
    crop = cut(picture, transform)
    assert crop.shape == (256, 192, 3)
    rows, columns = np.nonzero(crop[..., 0] > 130)
    spot = np.array([[columns.mean(), rows.mean()]])
    np.testing.assert_allclose(transform.inverse().points(spot), [[301.5, 201.5]], atol=0.3)


def test_what_lies_beyond_the_picture_is_grey() -> None:
    picture = np.zeros((480, 640, 3), np.uint8)
    crop = cut(picture, person_crop((-300, 0, 150, 200), PICTURE))
    assert (crop == 127).all()


@pytest.mark.parametrize('box', [(0, 0, 0, 10), (0, 0, 10, -1), (0, 0, float('nan'), 3)])
def test_an_empty_box_is_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(SettingError, match='is empty'):
        person_crop(box, PICTURE)


def test_people_are_found_where_they_are() -> None:
    """A network that answers two fixed points of its crop."""
    seen = torch.tensor([[20.0, 30.0], [150.0, 200.0]])

    def predict(image: Tensor) -> Tensor:
        assert image.shape == (1, 3, 256, 192)
        return encode_heatmaps(seen[None], (64, 48), 4)

    boxes = [(280.0, 160.0, 60.0, 90.0), (10.0, 20.0, 100.0, 50.0)]
    people = predict_people(predict, np.zeros((480, 640, 3), np.uint8), boxes)
    for box, (points, scores) in zip(boxes, people, strict=True):
        transform = person_crop(box, PICTURE)
        np.testing.assert_allclose(transform.points(points), seen.numpy(), atol=1.01)
        assert (scores > 0.9).all()
