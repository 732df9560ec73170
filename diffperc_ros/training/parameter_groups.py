# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which parameters learn how fast, and which of them decay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

from diffperc_ros.networks.vpd import VPDDepth


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
    network: VPDDepth, unet_rate_factor: float = 0.01, weight_decay: float = 0.1
) -> list[ParameterGroup]:
    """Return VPD's groups for depth: the U-Net learns 100 times slower, vectors do not decay.

    Frozen parameters are in no group; a group that would be empty is left out. The defaults are
    those of the published training command.
    """
    unet = {id(parameter) for parameter in network.backbone.unet.parameters()}
    groups: dict[tuple[float, float], dict[str, nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        rate_factor = unet_rate_factor if id(parameter) in unet else 1.0
        decay = weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate_factor, decay), {})[name] = parameter
    return [ParameterGroup(*key, parameters) for key, parameters in groups.items()]
