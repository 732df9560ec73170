# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The published VPD segmentation checkpoint (its entry `state_dict`) in our names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from diffperc_ros.checkpoints.account import ConvertedCheckpoint, convert
from diffperc_ros.checkpoints.vpd_names import UNUSED_DECODER, UNUSED_UNET_OUTPUT, vpd_names
from diffperc_ros.networks.configuration import VPDSegmentationConfig
from diffperc_ros.networks.factory import build

# Buffers of the diffusion process, which no forward reads.
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
KNOWN_UNUSED = (*UNUSED_DECODER, *UNUSED_UNET_OUTPUT, *_UNUSED_SCHEDULE)

_LEVELS = range(4)
_PREFIXES = {
    'prompt.class_embeddings': 'class_embeddings',
    'prompt.adapter.gamma': 'gamma',
    'prompt.adapter.fc.': 'text_adapter.fc.',
    **{f'head.pyramid.laterals.{i}.': f'neck.lateral_convs.{i}.conv.' for i in _LEVELS},
    **{f'head.pyramid.outputs.{i}.': f'neck.fpn_convs.{i}.conv.' for i in _LEVELS},
    'head.branches.': 'decode_head.scale_heads.',
    'head.classifier.': 'decode_head.conv_seg.',
}


def published_names(config: VPDSegmentationConfig, names: Iterable[str]) -> dict[str, str]:
    """Return our name -> published name for names of the network's state dict.

    Parameters
    ----------
    config
        A configuration with the autoencoder's encoder, which all published checkpoints have.
    names
        Names in the state dict of the network that `config` describes.
    """
    return vpd_names(names, config.backbone.unet, _PREFIXES)


def convert_vpd_segmentation(
    published: Mapping[str, Tensor], config: VPDSegmentationConfig
) -> ConvertedCheckpoint:
    """Return a published state dict (the checkpoint's entry 'state_dict') in our names.

    Raises
    ------
    CheckpointError
        When keys are missing or unknown, or a shape does not fit.
    """
    with torch.device('meta'):
        expected = build(config).state_dict()
    return convert(published, published_names(config, expected), expected, KNOWN_UNUSED)
