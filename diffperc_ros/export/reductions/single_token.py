# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Attention to a single token is a constant: a softmax over one key is 1, whatever is asked."""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.attention import BasicTransformerBlock
from torch import Tensor, nn

from diffperc_ros.export.reductions.precision import linear_in_double
from diffperc_ros.networks.unet import UNet


class PromptVector(nn.Module):
    """What an attention to one token gives, in its place.

    Attributes
    ----------
    rows : (prompts, 1, channels), one answer per prompt.
    """

    rows: Tensor

    def __init__(self, rows: Tensor) -> None:
        super().__init__()
        self.register_buffer('rows', rows)

    def forward(
        self,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        **_unused: Any,
    ) -> Tensor:
        """Return the answer (1, 1, channels), to be added to every position.

        Parameters
        ----------
        hidden_states : not looked at.
        encoder_hidden_states : the prompt's row, int64 (1,), where attention takes its context;
            None where there is only one.
        """
        if encoder_hidden_states is None:
            return self.rows
        return self.rows.index_select(0, encoder_hidden_states)


def fold_single_token(unet: UNet, contexts: Tensor) -> None:
    """Replace every cross-attention and the norm before it by one vector per prompt.

    The U-Net then takes the prompt's row, int64 (1,), in the place of its context, or None where
    there is one prompt only.

    Parameters
    ----------
    unet : changed in place.
    contexts : (prompts, 1, cross_attention_dim).
    """
    for block in unet.modules():
        if isinstance(block, BasicTransformerBlock) and block.attn2 is not None:
            block.norm2 = nn.Identity()  # type: ignore[assignment]
            block.attn2 = PromptVector(  # type: ignore[assignment]
                _answers(block.attn2, contexts)
            )


@torch.no_grad()
def _answers(attention: Any, contexts: Tensor) -> Tensor:
    values = linear_in_double(attention.to_v, contexts)
    rows: Tensor = linear_in_double(attention.to_out[0], values) / attention.rescale_output_factor
    return rows.to(contexts.dtype)
