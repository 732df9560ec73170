# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Class embeddings from prompts, as VPD makes them."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor
from transformers import CLIPTextModel

Pooling: TypeAlias = Literal['end_of_text', 'mean']


@torch.no_grad()
def embed_classes(
    text_model: CLIPTextModel, input_ids: Tensor, pooling: Pooling = 'end_of_text'
) -> Tensor:
    """Return one text feature per class, the plain mean over its prompts.

    A prompt's feature is taken from the last hidden state after the final LayerNorm; it is
    neither projected nor normalised (VPD's published code).

    Parameters
    ----------
    text_model
        CLIP's text encoder in evaluation mode; for published models CLIP ViT-L/14.
    input_ids
        int64 (classes, prompts, tokens), padded with the end-of-text token.
    pooling
        What stands for a prompt: its end-of-text token, the first that there is (published), or
        the mean over all tokens up to that one.

    Returns
    -------
    Tensor
        float32 (classes, dim).
    """
    classes, prompts, _ = input_ids.shape
    prompt_ids = input_ids.flatten(0, 1)
    answer = text_model(prompt_ids)
    if pooling == 'end_of_text':
        pooled: Tensor = answer.pooler_output
    else:
        # Before the end there is none yet; the end itself is the first to count one.
        ends = (prompt_ids == prompt_ids.amax(dim=1, keepdim=True)).cumsum(dim=1)
        counted = ((ends == 0) | (ends.cumsum(dim=1) == 1)).unsqueeze(-1)
        pooled = (answer.last_hidden_state * counted).sum(dim=1) / counted.sum(dim=1)
    return pooled.reshape(classes, prompts, -1).mean(dim=1)
