# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A text tower of two megabytes: looked-up word vectors, then a small transformer.

The vectors come from a large sentence encoder that was asked once about every word alone; they
are never trained, so that a word which no training phrase holds still lies beside those that mean
the same. The transformer, which tells "left of the chair" from "chair left of", is trained with
the network that it speaks to.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

PADDING = 0


@dataclass(frozen=True)
class StaticTextConfig:
    """Shape of the tower.

    Attributes
    ----------
    vocabulary
        Rows of the table of word vectors; row 0 belongs to padding.
    vector
        Width of a word vector.
    tokens
        Tokens of every phrase, padding included.
    dim
        Width of the answer: the U-Net's `cross_attention_dim`.
    layers, heads
        Of the transformer.
    """

    vocabulary: int
    vector: int = 64
    tokens: int = 16
    dim: int = 64
    layers: int = 2
    heads: int = 4


class StaticTextTower(nn.Module):
    """Tokens of a phrase to token features.

    Attributes
    ----------
    vectors
        int8 (vocabulary, vector), a buffer: word vectors in steps of `step`.
    step
        float32 (), a buffer.
    """

    def __init__(self, config: StaticTextConfig) -> None:
        super().__init__()
        table = torch.zeros((config.vocabulary, config.vector), dtype=torch.int8)
        self.register_buffer('vectors', table)
        self.register_buffer('step', torch.ones(()))
        self.vectors: Tensor
        self.step: Tensor
        self.project = nn.Linear(config.vector, config.dim)
        self.positions = nn.Parameter(0.1 * torch.randn(config.tokens, config.dim))
        self.layers = nn.ModuleList(_Layer(config.dim, config.heads) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.dim)
        # At first a feature is little else than its word's vector.
        if config.vector == config.dim:
            nn.init.eye_(self.project.weight)
            nn.init.zeros_(self.project.bias)

    def load_vectors(self, vectors: Tensor) -> None:
        """Take float32 word vectors (vocabulary, vector), rounded to 8 bits."""
        self.step.fill_(float(vectors.abs().max()) / 127)
        self.vectors.copy_((vectors / self.step).round().to(torch.int8))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return features (B, tokens, dim) float32 of int64 (B, tokens).

        Words attend to words, and so does padding: what stands behind a phrase sums it up, as in
        CLIP's text tower. Nothing attends to padding, unless there is nothing else.
        """
        known = tokens != PADDING
        words = functional.embedding(tokens, self.vectors).float() * self.step
        x = self.project(words) + self.positions
        # Added to attention scores; finite, so that padding alone does not make a NaN.
        mask = torch.where(known, 0.0, -1e4)[:, None, None, :].to(x.dtype)
        for layer in self.layers:
            x = layer(x, mask)
        features: Tensor = self.norm(x)
        return features


class _Layer(nn.Module):
    """Pre-norm transformer layer."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(dim)
        self.to_qkv = nn.Linear(dim, 3 * dim)
        self.to_out = nn.Linear(dim, dim)
        self.mlp = nn.Sequential(
            nn.LayerNorm(dim), nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim)
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        qkv = self.to_qkv(self.attention_norm(x)).unflatten(-1, (3, self.heads, -1))
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = x + self.to_out(attended.transpose(1, 2).flatten(-2))
        hidden: Tensor = self.mlp(x)
        return x + hidden
