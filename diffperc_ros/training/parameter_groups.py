# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which parameters learn how fast, and which of them decay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from diffperc_ros.networks.metaprompts import MetaPromptsDepth, MetaPromptsSegmentation
from diffperc_ros.networks.vpd import VPDDepth, VPDReferring, VPDSegmentation


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that share a learning rate and a weight decay.

    Attributes
    ----------
    rate_factor
        Factor on the run's learning rate.
    weight_decay
        AdamW's decoupled weight decay.
    parameters
        Name in the network -> parameter.
    """

    rate_factor: float
    weight_decay: float
    parameters: dict[str, nn.Parameter]

    def for_optimizer(self, learning_rate: float) -> dict[str, Any]:
        """Return the group as torch's optimizers take it, `rate_factor` kept for schedules."""
        return {
            'params': list(self.parameters.values()),
            'lr': learning_rate * self.rate_factor,
            'rate_factor': self.rate_factor,
            'weight_decay': self.weight_decay,
        }


def vpd_depth_groups(
    network: VPDDepth | MetaPromptsDepth,
    unet_rate_factor: float = 0.01,
    weight_decay: float = 0.1,
) -> list[ParameterGroup]:
    """Return VPD's groups for depth: the U-Net learns 100 times slower, vectors do not decay.

    MetaPrompts' are the same: its prompts and time vectors have two axes and decay, its output
    layers count with the U-Net. Frozen parameters are in no group; a group that would be empty is
    left out. The defaults are those of both published training commands.
    """
    unet = _identities(network.backbone.unet)

    def rule(parameter: nn.Parameter) -> tuple[float, float]:
        rate_factor = unet_rate_factor if id(parameter) in unet else 1.0
        return rate_factor, weight_decay if parameter.ndim > 1 else 0.0

    return _group(network, rule)


def vpd_segmentation_groups(
    network: VPDSegmentation | MetaPromptsSegmentation,
    unet_rate_factor: float = 0.1,
    weight_decay: float = 1e-3,
) -> list[ParameterGroup]:
    """Return VPD's and MetaPrompts' groups for segmentation: the U-Net learns 10 times slower.

    The norms of its transformer blocks alone learn at the full rate and do not decay: the
    published configuration has a rule for names with "norm", which hits them and wins over the
    one for the U-Net.
    """
    unet = _identities(network.backbone.unet)
    norms = _transformer_norms(network.backbone.unet)

    def rule(parameter: nn.Parameter) -> tuple[float, float]:
        if id(parameter) in norms:
            return 1.0, 0.0
        return unet_rate_factor if id(parameter) in unet else 1.0, weight_decay

    return _group(network, rule)


def vpd_referring_groups(
    network: VPDReferring, weight_decay: float = 1e-2
) -> list[ParameterGroup]:
    """Return VPD's groups for referring segmentation: all but the transformers' norms decay.

    The published code declares a lower rate for the U-Net but never applies it.
    """
    norms = _transformer_norms(network.backbone.unet)

    def rule(parameter: nn.Parameter) -> tuple[float, float]:
        return 1.0, 0.0 if id(parameter) in norms else weight_decay

    return _group(network, rule)


def _group(
    network: nn.Module, rule: Callable[[nn.Parameter], tuple[float, float]]
) -> list[ParameterGroup]:
    """Gather the trained parameters by what the rule gives: rate factor and weight decay."""
    groups: dict[tuple[float, float], dict[str, nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            groups.setdefault(rule(parameter), {})[name] = parameter
    return [ParameterGroup(*key, parameters) for key, parameters in groups.items()]


def _identities(module: nn.Module) -> set[int]:
    return {id(parameter) for parameter in module.parameters()}


def _transformer_norms(unet: nn.Module) -> set[int]:
    """Return the norms around attention; in the published layout no other is called a norm."""
    return {
        id(parameter)
        for name, parameter in unet.named_parameters()
        if '.attentions.' in name and name.split('.')[-2].startswith('norm')
    }
