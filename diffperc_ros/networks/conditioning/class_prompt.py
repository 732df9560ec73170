# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD's prompt for depth: the text feature of the scene's class, adapted, as a single token."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from diffperc_ros.networks.conditioning.text_adapter import TextAdapter
from diffperc_ros.networks.configuration import ClassPromptConfig


class ClassPrompt(nn.Module):
    """Scene class to context.

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

    def forward(self, class_ids: Tensor | None, batch: int) -> Tensor:
        """Return the context (B, 1, dim).

        Parameters
        ----------
        class_ids
            int64 (B,), rows of `class_embeddings`; None stands for an unknown scene, which gets
            the mean of all rows.
        batch
            B, for the case without class ids.
        """
        if class_ids is None:
            text = self.class_embeddings.mean(dim=0, keepdim=True).expand(batch, -1)
        else:
            text = self.class_embeddings[class_ids]
        context: Tensor = self.adapter(text)
        return context.unsqueeze(1)
