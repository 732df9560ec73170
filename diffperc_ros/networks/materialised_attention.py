# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Attention as the published code computes it: every layer's map is written out in full."""

from __future__ import annotations

from diffusers.models.attention_processor import Attention, AttnProcessor, AttnProcessor2_0
from torch import nn


def materialise_attention(network: nn.Module) -> int:
    """Let every fused attention compute product, softmax and product one after the other.

    The answers stay the same; time and memory become those of the code that VPD and MetaPrompts
    published, which stands on latent diffusion's attention. Layers whose map is kept anyway stay
    as they are. Changes the network in place.

    Returns
    -------
    How many layers were changed.
    """
    layers = [
        module
        for module in network.modules()
        if isinstance(module, Attention) and isinstance(module.processor, AttnProcessor2_0)
    ]
    for layer in layers:
        layer.set_processor(AttnProcessor())
    return len(layers)
