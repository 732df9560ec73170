# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""IEDP's implicit prompt: learned queries that ask CLIP's view of the picture."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from diffperc_ros.networks.conditioning.text_adapter import TextAdapter
from diffperc_ros.networks.iedp_configuration import ImplicitPromptConfig


class QueryBlock(nn.Module):
    """Self-attention, attention to the picture, perceptron: each normed before and added after.

    Q_s = Q + SelfAttention(LN(Q)); Q_c = Q_s + Attention(LN(Q_s), LN(F_vis));
    F_imp = Q_c + MLP(LN(Q_c)) (IEDP's equations). torch's decoder layer is that but for the norm
    of F_vis. Every layer keeps its usual initial values: the U-Net needs a context from the first
    step on.
    """

    def __init__(self, config: ImplicitPromptConfig, dim: int) -> None:
        super().__init__()
        self.visual_norm = nn.LayerNorm(dim)
        self.layer = nn.TransformerDecoderLayer(
            dim,
            config.heads,
            dim_feedforward=config.ffn_ratio * dim,
            dropout=config.dropout,
            activation='gelu',
            batch_first=True,
            norm_first=True,
        )

    def forward(self, queries: Tensor, visual: Tensor) -> Tensor:
        """Return queries (B, N, dim) that have seen visual tokens (B, M, dim)."""
        asked: Tensor = self.layer(queries, self.visual_norm(visual))
        return asked


class ImplicitPrompt(nn.Module):
    """Visual tokens to context.

    Parameters
    ----------
    config
        Numbers of queries and layers.
    visual_dim
        Width of the visual tokens.
    dim
        Width of the context.
    """

    def __init__(self, config: ImplicitPromptConfig, visual_dim: int, dim: int) -> None:
        super().__init__()
        self.projector = _projector(config.projector_layers, visual_dim, dim)
        self.queries = nn.Parameter(torch.randn(config.queries, dim) * config.query_std)
        self.blocks = nn.ModuleList(QueryBlock(config, dim) for _ in range(config.blocks))
        self.adapter = (
            TextAdapter(dim, config.adapter_scale) if config.text_adapter else nn.Identity()
        )

    def forward(self, visual: Tensor) -> Tensor:
        """Return the context (B, queries, dim) of visual tokens (B, M, visual_dim)."""
        projected = self.projector(visual)
        queries = self.queries.expand(len(visual), -1, -1)
        for block in self.blocks:
            queries = block(queries, projected)
        context: Tensor = self.adapter(queries)
        return context


def _projector(layers: int, in_dim: int, dim: int) -> nn.Sequential:
    modules: list[nn.Module] = [nn.Linear(in_dim, dim)]
    for _ in range(layers - 1):
        modules += [nn.GELU(), nn.Linear(dim, dim)]
    return nn.Sequential(*modules)
