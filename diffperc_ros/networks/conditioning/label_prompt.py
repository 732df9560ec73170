# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD's prompt for semantic segmentation: the text features of all classes, as tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from diffperc_ros.networks.conditioning.text_adapter import TextAdapter
from diffperc_ros.networks.configuration import ClassPromptConfig


class LabelPrompt(nn.Module):
    """Every class that may be seen, one token each, the same for every image.

    Attributes
    ----------
    class_embeddings
        Text features (classes, dim), a buffer: they are saved with the weights, never trained.
        A new module draws them at random; published ones come with a checkpoint.
    """

    def __init__(self, config: ClassPromptConfig, dim: int) -> None:
        super().__init__()
        self.register_buffer('class_embeddings', torch.randn(config.classes, dim))
        self.class_embeddings: Tensor
        self.adapter = TextAdapter(dim, config.adapter_scale)

    def forward(self, batch: int) -> Tensor:
        """Return the context (B, classes, dim)."""
        context: Tensor = self.adapter(self.class_embeddings)
        return context.expand(batch, -1, -1)
