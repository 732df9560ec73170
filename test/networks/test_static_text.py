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


def test_padding_changes_nothing_and_has_no_features(tower: StaticTextTower) -> None:
    phrase = torch.tensor([[3, 7, 9, 0, 0]])
    with torch.inference_mode():
        features = tower(phrase)
        tower.vectors[0] = 100
        tower.positions[3:] += 1
        again = tower(phrase)
    assert features.shape == (1, 5, 8)
    assert not features[0, 3:].any()
    torch.testing.assert_close(features, again)


def test_an_empty_phrase_is_zero_and_finite(tower: StaticTextTower) -> None:
    with torch.inference_mode():
        features = tower(torch.zeros((2, 5), dtype=torch.int64))
    assert torch.equal(features, torch.zeros(2, 5, 8))


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
