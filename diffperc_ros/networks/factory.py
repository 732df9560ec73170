# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Networks from configurations, and weights from and to safetensors files."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from diffperc_ros.core.errors import OutputError, SettingError
from diffperc_ros.networks.configuration import (
    VPDDepthConfig,
    VPDReferringConfig,
    VPDSegmentationConfig,
)
from diffperc_ros.networks.iedp import IEDPDepth, IEDPSegmentation
from diffperc_ros.networks.iedp_configuration import IEDPDepthConfig, IEDPSegmentationConfig
from diffperc_ros.networks.metaprompts import MetaPromptsDepth, MetaPromptsSegmentation
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsDepthConfig,
    MetaPromptsPoseConfig,
    MetaPromptsSegmentationConfig,
)
from diffperc_ros.networks.metaprompts_pose import MetaPromptsPose
from diffperc_ros.networks.methods import NetworkConfig
from diffperc_ros.networks.vpd import VPDDepth, VPDReferring, VPDSegmentation

_NETWORKS: dict[type[NetworkConfig], type[nn.Module]] = {
    VPDDepthConfig: VPDDepth,
    VPDSegmentationConfig: VPDSegmentation,
    VPDReferringConfig: VPDReferring,
    MetaPromptsDepthConfig: MetaPromptsDepth,
    MetaPromptsSegmentationConfig: MetaPromptsSegmentation,
    MetaPromptsPoseConfig: MetaPromptsPose,
    IEDPDepthConfig: IEDPDepth,
    IEDPSegmentationConfig: IEDPSegmentation,
}


def build(config: NetworkConfig) -> nn.Module:
    """Return the network a configuration describes, with fresh weights, in training mode."""
    return _NETWORKS[type(config)](config)


def load(config: NetworkConfig, path: Path) -> nn.Module:
    """Return a network in evaluation mode with the weights of a safetensors file.

    Tensors of a narrower type (fp16 storage) are widened to the network's float32.

    Raises
    ------
    SettingError
        When the file cannot be read or does not hold exactly the network's tensors.
    """
    network = build(config)
    try:
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError) as error:
        raise SettingError(f'{path}: cannot read network weights: {error}') from error
    except RuntimeError as error:
        raise SettingError(
            f'{path}: these are not the weights of this {config.method} configuration: {error}'
        ) from error
    return network.eval()


def save(network: nn.Module, path: Path) -> None:
    """Write a network's whole state to a safetensors file.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    state = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    try:
        save_file(state, path)
        path.chmod(0o644)  # safetensors' own files are for their owner alone
    except (OSError, SafetensorError) as error:
        raise OutputError(f'{path}: cannot write network weights: {error}') from error
