# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The published VPD depth checkpoint (`vpd_depth_480x480.pth`) in our names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from diffperc_ros.checkpoints.account import ConvertedCheckpoint, convert
from diffperc_ros.checkpoints.vpd_names import UNUSED_DECODER, vpd_names
from diffperc_ros.networks.configuration import VPDDepthConfig
from diffperc_ros.networks.factory import build

KNOWN_UNUSED = tuple(f'encoder.{name}' for name in UNUSED_DECODER)

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
    return vpd_names(names, config.backbone.unet, _PREFIXES, root='encoder.')


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
