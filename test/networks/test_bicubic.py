# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from diffperc_ros.networks.bicubic import resize_bicubic


@pytest.mark.parametrize(
    ('source', 'target'),
    [
        ((64, 96), (28, 28)),
        ((512, 512), (224, 224)),
        ((1088, 1920), (224, 224)),
        ((20, 30), (28, 29)),
        ((64, 512), (224, 100)),
        ((28, 28), (28, 28)),
    ],
)
def test_is_torchs_antialiased_bicubic(source: tuple[int, int], target: tuple[int, int]) -> None:
    image = torch.rand(2, 3, *source, generator=torch.Generator().manual_seed(0))
    expected = functional.interpolate(image, size=target, mode='bicubic', antialias=True)
    torch.testing.assert_close(resize_bicubic(image, target), expected, atol=5e-5, rtol=0)


def test_a_plain_picture_stays_plain() -> None:
    image = torch.full((1, 1, 61, 97), 0.3)
    torch.testing.assert_close(resize_bicubic(image, (14, 28)), torch.full((1, 1, 14, 28), 0.3))
