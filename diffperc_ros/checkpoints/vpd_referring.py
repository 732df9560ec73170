# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The published VPD referring checkpoints (`vpd_ris_*.pth`) in our names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from diffperc_ros.checkpoints.account import ConvertedCheckpoint, convert
from diffperc_ros.checkpoints.vpd_names import UNUSED_DECODER, UNUSED_UNET_OUTPUT, vpd_names
from diffperc_ros.networks.configuration import VPDReferringConfig
from diffperc_ros.networks.factory import build

KNOWN_UNUSED = (*UNUSED_DECODER, *UNUSED_UNET_OUTPUT)

# The published decoder numbers its stages by the feature that they start from: 4, 3, 2.
_PREFIXES = {
    'prompt.adapter.gamma': 'gamma',
    'prompt.adapter.fc.': 'text_adapter.fc.',
    **{
        f'head.stages.{stage}.{index}.{layer}.': f'classifier.{layer}{index + 1}_{4 - stage}.'
        for stage in range(3)
        for index in range(2)
        for layer in ('conv', 'bn')
    },
    'head.classifier.': 'classifier.conv1_1.',
}


def published_names(config: VPDReferringConfig, names: Iterable[str]) -> dict[str, str]:
    """Return our name -> published name for names of the network's state dict.

    Parameters
    ----------
    config
        A configuration with the autoencoder's encoder, which all published checkpoints have.
    names
        Names in the state dict of the network that `config` describes.
    """
    return vpd_names(names, config.backbone.unet, _PREFIXES)


def convert_vpd_referring(
    published: Mapping[str, Tensor], config: VPDReferringConfig
) -> ConvertedCheckpoint:
    """Return a published state dict (the checkpoint's entry 'model') in our names.

    Raises
    ------
    CheckpointError
        When keys are missing or unknown, or a shape does not fit. Checkpoints of other token
        lengths have other shapes.
    """
    with torch.device('meta'):
        expected = build(config).state_dict()
    return convert(published, published_names(config, expected), expected, KNOWN_UNUSED)
