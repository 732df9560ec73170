# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The methods that exist, by the names under which their configurations are stored."""

from __future__ import annotations

from typing import TypeAlias, get_args

from diffperc_ros.networks.configuration import VPDConfig
from diffperc_ros.networks.iedp_configuration import IEDPConfig
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsDepthConfig,
    MetaPromptsPoseConfig,
    MetaPromptsSegmentationConfig,
)

NetworkConfig: TypeAlias = (
    VPDConfig
    | MetaPromptsDepthConfig
    | MetaPromptsSegmentationConfig
    | MetaPromptsPoseConfig
    | IEDPConfig
)

METHODS: dict[str, type[NetworkConfig]] = {
    config.method: config for config in get_args(NetworkConfig)
}
