# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import torch

from diffperc_ros.networks.conditioning.class_prompt import ClassPrompt
from diffperc_ros.networks.conditioning.text_adapter import TextAdapter
from diffperc_ros.networks.configuration import ClassPromptConfig

PROMPT = ClassPrompt(ClassPromptConfig(classes=3), dim=4)


def test_a_class_is_its_row_adapted() -> None:
    context = PROMPT(torch.tensor([2, 0]), batch=2)
    assert context.shape == (2, 1, 4)
    torch.testing.assert_close(context[:, 0], PROMPT.adapter(PROMPT.class_embeddings[[2, 0]]))


def test_an_unknown_scene_is_the_mean_of_all() -> None:
    context = PROMPT(None, batch=2)
    expected = PROMPT.adapter(PROMPT.class_embeddings.mean(0))
    torch.testing.assert_close(context, expected.expand(2, 1, 4))


def test_adapter_starts_as_a_small_correction() -> None:
    adapter = TextAdapter(4, scale=1e-4)
    text = torch.randn(5, 4)
    torch.testing.assert_close(adapter(text), text + 1e-4 * adapter.fc(text))


def test_embeddings_are_saved_but_not_trained() -> None:
    assert 'class_embeddings' in PROMPT.state_dict()
    assert all(not name.endswith('class_embeddings') for name, _ in PROMPT.named_parameters())
