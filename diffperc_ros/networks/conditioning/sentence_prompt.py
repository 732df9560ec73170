# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD's prompt for referring segmentation: the tokens of a sentence."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import CLIPTextModel

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.conditioning.text_adapter import TextAdapter
from diffperc_ros.networks.configuration import SentencePromptConfig


@torch.no_grad()
def embed_sentences(text_model: CLIPTextModel, input_ids: Tensor) -> Tensor:
    """Return one text feature per token: the last hidden state after the final LayerNorm.

    No attention mask is given, as published: padding tokens count.

    Parameters
    ----------
    text_model
        CLIP's text encoder in evaluation mode; for published models CLIP ViT-L/14.
    input_ids
        int64 (B, tokens), padded with the end-of-text token.

    Returns
    -------
    Tensor
        float32 (B, tokens, dim).
    """
    hidden: Tensor = text_model(input_ids).last_hidden_state
    return hidden


class SentencePrompt(nn.Module):
    """Token features of one sentence per image to context."""

    def __init__(self, config: SentencePromptConfig, dim: int) -> None:
        super().__init__()
        self.tokens = config.tokens
        self.adapter = TextAdapter(dim, config.adapter_scale)

    def forward(self, sentence: Tensor) -> Tensor:
        """Return the context (B, tokens, dim) of token features of that shape.

        Raises
        ------
        SettingError
            When the sentence has another number of tokens than the network was made for.
        """
        if sentence.shape[1] != self.tokens:
            raise SettingError(
                f'the sentence has {sentence.shape[1]} tokens but prompt.tokens is '
                f'{self.tokens}; pad or cut it to that length'
            )
        context: Tensor = self.adapter(sentence)
        return context
