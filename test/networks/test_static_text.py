# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch

from diffperc_ros.networks.conditioning.static_text import StaticTextConfig, StaticTextTower

CONFIG = StaticTextConfig(vocabulary=50, vector=6, tokens=5, dim=8, heads=2)


@pytest.fixture
def tower() -> StaticTextTower:
    torch.manual_seed(0)
    made = StaticTextTower(CONFIG).eval()
    made.load_vectors(torch.randn(50, 6))
    return made


def test_nothing_attends_to_padding_and_padding_sums_up(tower: StaticTextTower) -> None:
    with torch.inference_mode():
        features = tower(torch.tensor([[3, 7, 9, 0, 0], [3, 7, 8, 0, 0]]))
        tower.positions[3:] += 1
        again = tower(torch.tensor([[3, 7, 9, 0, 0]]))
    assert features.shape == (2, 5, 8)
    torch.testing.assert_close(features[0, :3], again[0, :3])
    # Another last word: the padding says so.
    assert (features[0, 3:] - features[1, 3:]).abs().max() > 0.01


def test_an_empty_phrase_is_finite(tower: StaticTextTower) -> None:
    with torch.inference_mode():
        features = tower(torch.zeros((2, 5), dtype=torch.int64))
    assert torch.isfinite(features).all()
    torch.testing.assert_close(features[0], features[1])


def test_a_tower_as_wide_as_its_vectors_starts_from_them() -> None:
    torch.manual_seed(0)
    tower = StaticTextTower(StaticTextConfig(vocabulary=50, vector=64, tokens=5, dim=64))
    tower.load_vectors(torch.randn(50, 64))
    with torch.inference_mode():
        same, other = tower(torch.tensor([[7, 9, 0, 0, 0], [9, 7, 0, 0, 0]]))
        cosine = torch.nn.functional.cosine_similarity
        assert cosine(same[0], other[1], dim=0) > 0.7
        assert cosine(same[0], other[0], dim=0) < 0.5


def test_the_order_of_the_words_matters(tower: StaticTextTower) -> None:
    with torch.inference_mode():
        one, other = tower(torch.tensor([[3, 7, 9, 0, 0], [9, 7, 3, 0, 0]]))
    assert (one - other.flip(0)).abs().max() > 0.01


def test_word_vectors_are_kept_to_8_bits_and_never_trained(tower: StaticTextTower) -> None:
    vectors = torch.randn(50, 6)
    tower.load_vectors(vectors)
    kept = tower.vectors.float() * tower.step
    assert (kept - vectors).abs().max() <= vectors.abs().max() / 127
    trained = dict(tower.named_parameters())
    assert not any('vectors' in name for name in trained)
    assert 'vectors' in tower.state_dict()
