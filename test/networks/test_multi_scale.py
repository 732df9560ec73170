# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from diffperc_ros.networks.multi_scale import VPD_RATIOS, fit_within, predict_scales


@pytest.mark.parametrize(
    ('size', 'fitted'),
    [
        ((480, 640), (512, 683)),
        ((640, 480), (683, 512)),
        ((200, 1200), (341, 2048)),
        ((512, 512), (512, 512)),
    ],
)
def test_the_short_side_decides_until_the_long_one_does(
    size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    assert fit_within(*size, 2048, 512) == fitted


def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def test_each_scale_is_seen_plain_and_mirrored() -> None:
    seen: list[Tensor] = []

    def predict(image: Tensor) -> Tensor:
        seen.append(image)
        return image * 5

    mean = predict_scales(
        predict, picture(), ratios=VPD_RATIOS, flip=True, long_side=200, short_side=40
    )
    assert mean.shape == (1, 3, 20, 30)
    torch.testing.assert_close(mean.sum(1), torch.ones(1, 20, 30))
    sizes = [(40, 60), (45, 68), (50, 75), (55, 83), (60, 90)]
    assert [tuple(image.shape[-2:]) for image in seen[::2]] == sizes
    for plain, mirrored in zip(seen[::2], seen[1::2], strict=True):
        assert torch.equal(plain.flip(-1), mirrored)
        assert 0 <= plain.min() <= plain.max() <= 1


def test_probabilities_are_averaged_not_logits() -> None:
    answers = iter((0.0, 100.0))

    def predict(image: Tensor) -> Tensor:
        zero = torch.zeros(1, 1, *image.shape[-2:])
        return torch.cat((zero, zero + next(answers)), dim=1)

    mean = predict_scales(predict, picture(), flip=True, long_side=60, short_side=20)
    torch.testing.assert_close(mean[:, 1], torch.full((1, 20, 30), 0.75))


def test_a_mirrored_answer_is_turned_back() -> None:
    def predict(image: Tensor) -> Tensor:
        return image[:, :2] * 50

    plain = predict_scales(predict, picture(), long_side=60, short_side=20)
    both = predict_scales(predict, picture(), flip=True, long_side=60, short_side=20)
    torch.testing.assert_close(plain, both)
