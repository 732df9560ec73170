# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Names in the published MetaPrompts segmentation checkpoints (entry 'state_dict')."""

from __future__ import annotations

from collections.abc import Iterable

from diffperc_ros.checkpoints.metaprompts_backbone import (
    UNUSED_AUTOENCODER,
    UNUSED_TIME_EMBEDDING,
    published_backbone_name,
    tied_output_layers,
    unused_output_layers,
)
from diffperc_ros.networks.metaprompts_configuration import MetaPromptsSegmentationConfig

# Buffers of the diffusion process, which never runs.
_UNUSED_SCHEDULE = tuple(
    f'sd_model.{name}'
    for name in (
        'betas',
        'alphas_cumprod',
        'alphas_cumprod_prev',
        'sqrt_alphas_cumprod',
        'sqrt_one_minus_alphas_cumprod',
        'log_one_minus_alphas_cumprod',
        'sqrt_recip_alphas_cumprod',
        'sqrt_recipm1_alphas_cumprod',
        'posterior_variance',
        'posterior_log_variance_clipped',
        'posterior_mean_coef1',
        'posterior_mean_coef2',
    )
)


def published_names(config: MetaPromptsSegmentationConfig, names: Iterable[str]) -> dict[str, str]:
    """Return our name -> published name for names of the network's state dict.

    Parameters
    ----------
    config
        A configuration with the autoencoder's encoder, which all published checkpoints have.
    names
        Names in the state dict of the network that `config` describes.
    """

    def published(name: str) -> str:
        part, _, rest = name.partition('.')
        if part == 'backbone':
            return published_backbone_name(rest, config.backbone)
        if part == 'prompts':
            return 'meta_prompts'
        if part == 'projections':
            level, _, inner = rest.partition('.')
            return f'upconv{int(level) + 1}.{inner}'
        return f'decode_head.{rest}' if part == 'head' else name

    return {name: published(name) for name in names}


def known_unused(config: MetaPromptsSegmentationConfig) -> tuple[str, ...]:
    """Return the published names that are present and have no effect."""
    output_layers = unused_output_layers(config.backbone.steps)
    return (*UNUSED_AUTOENCODER, *UNUSED_TIME_EMBEDDING, *_UNUSED_SCHEDULE, *output_layers)


def tied_copies(config: MetaPromptsSegmentationConfig) -> dict[str, str]:
    """Return published name -> published name of the tensor of which it is a copy."""
    return tied_output_layers(config.backbone.steps)
