# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The published VPD depth checkpoint (`vpd_depth_480x480.pth`) in our names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from diffperc_ros.checkpoints.account import ConvertedCheckpoint, convert
from diffperc_ros.checkpoints.ldm import ldm_encoder_name, ldm_unet_name
from diffperc_ros.networks.configuration import VPDDepthConfig
from diffperc_ros.networks.factory import build

# Part of the decoder's half of the autoencoder; nothing that perceives ever runs it.
KNOWN_UNUSED = (
    'encoder.encoder_vq.post_quant_conv.weight',
    'encoder.encoder_vq.post_quant_conv.bias',
)

_PREFIXES = {
    'prompt.class_embeddings': 'encoder.class_embeddings',
    'prompt.adapter.gamma': 'encoder.gamma',
    'prompt.adapter.fc.': 'encoder.text_adapter.fc.',
    'head.aggregation.': 'encoder.',
    'head.decoder.': 'decoder.',
    'head.last_layer.': 'last_layer_depth.',
}


def published_names(config: VPDDepthConfig, names: Iterable[str]) -> dict[str, str]:
    """Return our name -> published name for names of the network's state dict.

    Parameters
    ----------
    config
        A configuration with the autoencoder's encoder, which all published checkpoints have.
    names
        Names in the state dict of the network that `config` describes.
    """
    unet = config.backbone.unet

    def published(name: str) -> str:
        if name.startswith('backbone.encoder.'):
            return 'encoder.encoder_vq.' + ldm_encoder_name(name.removeprefix('backbone.encoder.'))
        if name.startswith('backbone.unet.'):
            inner = name.removeprefix('backbone.unet.')
            return 'encoder.unet.unet.diffusion_model.' + ldm_unet_name(
                inner, unet.layers_per_block, unet.attention_levels
            )
        prefix = next(prefix for prefix in _PREFIXES if name.startswith(prefix))
        return _PREFIXES[prefix] + name.removeprefix(prefix)

    return {name: published(name) for name in names}


def convert_vpd_depth(
    published: Mapping[str, Tensor], config: VPDDepthConfig
) -> ConvertedCheckpoint:
    """Return a published state dict (the checkpoint's entry 'model') in our names.

    Raises
    ------
    CheckpointError
        When keys are missing or unknown, or a shape does not fit.
    """
    with torch.device('meta'):
        expected = build(config).state_dict()
    return convert(published, published_names(config, expected), expected, KNOWN_UNUSED)
