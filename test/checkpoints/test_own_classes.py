# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from networks.small import small_segmentation_config

from diffperc_ros.checkpoints.embedding import ClassEmbeddings, EmbeddingRecipe
from diffperc_ros.checkpoints.own_classes import segmentation_for_classes
from diffperc_ros.core.errors import SettingError

NAMES = ('chair', 'coffee mug', 'robot')


def embeddings(width: int) -> ClassEmbeddings:
    vectors = torch.randn(len(NAMES), width, generator=torch.Generator().manual_seed(0))
    return ClassEmbeddings(NAMES, vectors, EmbeddingRecipe(), '0' * 64)


def test_the_prompt_and_the_answer_are_the_users_classes() -> None:
    ours = embeddings(6)
    network = segmentation_for_classes(ours, small_segmentation_config()).eval()
    assert torch.equal(network.prompt.class_embeddings, ours.vectors)
    image = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        logits = network(image)
        assert logits.shape == (1, 3, 64, 96)
        network.prompt.class_embeddings.copy_(ours.vectors.flip(0))
        assert not torch.allclose(network(image), logits), 'the words must matter'


def test_vectors_of_another_text_encoder_are_refused() -> None:
    with pytest.raises(SettingError, match='have 7 values each but the U-Net takes 6'):
        segmentation_for_classes(embeddings(7), small_segmentation_config())
