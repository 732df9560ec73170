# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Class embeddings from prompts, as VPD makes them for depth."""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import CLIPTextModel


@torch.no_grad()
def embed_classes(text_model: CLIPTextModel, input_ids: Tensor) -> Tensor:
    """Return one text feature per class, the plain mean over its prompts.

    A prompt's feature is the last hidden state, after the final LayerNorm, at the end-of-text
    token; it is neither projected nor normalised (VPD's published code).

    Parameters
    ----------
    text_model
        CLIP's text encoder in evaluation mode; for published models CLIP ViT-L/14.
    input_ids
        int64 (classes, prompts, tokens), padded with the end-of-text token.

    Returns
    -------
    Tensor
        float32 (classes, dim).
    """
    classes, prompts, _ = input_ids.shape
    pooled: Tensor = text_model(input_ids.flatten(0, 1)).pooler_output
    return pooled.reshape(classes, prompts, -1).mean(dim=1)
