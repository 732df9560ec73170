# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Published files: every layout at the smallest width, and the official key lists."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from networks.small import (
    randomise,
    small_config,
    small_referring_config,
    small_segmentation_config,
)
from torch import Tensor

from diffperc_ros.checkpoints.layout import LAYOUTS
from diffperc_ros.checkpoints.naming import known_unused, published_names, tied_copies
from diffperc_ros.networks.factory import build
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsDepthConfig,
    MetaPromptsDepthHeadConfig,
    MetaPromptsSegmentationConfig,
    RefiningBackboneConfig,
    UPerNetHeadConfig,
)
from diffperc_ros.networks.methods import NetworkConfig

_KEY_LISTS = Path(__file__).parent / 'key_lists'


def _refining(steps: int) -> RefiningBackboneConfig:
    one_pass = small_config().backbone
    return RefiningBackboneConfig(one_pass.encoder, one_pass.unet, one_pass.taps, steps)


SMALL: dict[str, NetworkConfig] = {
    'vpd_depth': small_config(),
    'vpd_depth_openmmlab': small_config(),
    'vpd_segmentation': small_segmentation_config(),
    'vpd_referring': small_referring_config(),
    'metaprompts_depth': MetaPromptsDepthConfig(
        _refining(3),
        prompts=5,
        head=MetaPromptsDepthHeadConfig(
            norm_num_groups=2,
            fusion_channels=8,
            deconvolution_channels=(8, 8, 8),
            decoder_channels=8,
        ),
    ),
    'metaprompts_segmentation': MetaPromptsSegmentationConfig(
        _refining(2),
        prompts=5,
        classes=4,
        norm_num_groups=2,
        head=UPerNetHeadConfig(channels=8),
    ),
}
"""Layout -> a small network that it names."""


def published_state(layout_name: str) -> dict[str, Tensor]:
    """Return a state dict as the published code would save it, with the shapes it stores."""
    config, layout = SMALL[layout_name], LAYOUTS[layout_name]
    state = randomise(build(config)).state_dict()
    names = published_names(config, state, layout)
    published = {}
    for ours, tensor in state.items():
        convolution = '.mid.attn_1.' in names[ours] and tensor.ndim == 2
        published[names[ours]] = tensor[..., None, None] if convolution else tensor.clone()
    for name in known_unused(config, layout):
        published[f'{name}conv_in.weight' if name.endswith('.') else name] = torch.zeros(2)
    copies = tied_copies(config, layout)
    return published | {copy: published[original] for copy, original in copies.items()}


@dataclass(frozen=True)
class KeyList:
    """What an official file holds.

    Attributes
    ----------
    shapes : published name -> shape.
    copies : published name of a copy -> of its original.
    """

    shapes: dict[str, list[int]]
    copies: dict[str, str]

    def state(self) -> dict[str, Tensor]:
        """Return the tensors on the meta device: names and shapes without any values."""
        with torch.device('meta'):
            return {name: torch.empty(shape) for name, shape in self.shapes.items()}


def key_lists() -> dict[str, KeyList]:
    """Return the key lists of the official files, by layout and data set."""
    return {
        path.name.split('.')[0]: KeyList(**json.loads(gzip.decompress(path.read_bytes())))
        for path in sorted(_KEY_LISTS.iterdir())
    }
