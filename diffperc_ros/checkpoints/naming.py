# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Our names to published names, by the tables of `layout.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from diffperc_ros.checkpoints.account import ConvertedCheckpoint, convert
from diffperc_ros.checkpoints.layout import LAYOUTS, Layout
from diffperc_ros.checkpoints.ldm import ldm_encoder_name, ldm_unet_name
from diffperc_ros.networks.factory import build
from diffperc_ros.networks.metaprompts_configuration import RefiningBackboneConfig
from diffperc_ros.networks.methods import NetworkConfig

_ENCODER = 'backbone.encoder.'
_UNET = 'backbone.unet.'


def published_names(
    config: NetworkConfig, names: Iterable[str], layout: Layout | None = None
) -> dict[str, str]:
    """Return our name -> published name for names of the network's state dict.

    Parameters
    ----------
    config
        A configuration with the autoencoder's encoder, which all published checkpoints have.
    names
        Names in the state dict of the network that `config` describes.
    layout
        None stands for the layout of the method's own published files.
    """
    layout = layout or LAYOUTS[config.method]
    return {name: _published_name(config, name, layout) for name in names}


def known_unused(config: NetworkConfig, layout: Layout | None = None) -> tuple[str, ...]:
    """Return the published names that may be present and have no effect.

    One that ends in a dot stands for everything below it.
    """
    layout = layout or LAYOUTS[config.method]
    # With a single pass nothing reads the U-Net's output layers.
    return layout.unused + (_output_layers(layout) if _passes(config) == 1 else ())


def tied_copies(config: NetworkConfig, layout: Layout | None = None) -> dict[str, str]:
    """Return published name -> published name of the tensor of which it is a copy.

    The output layers that feed a pass are stored once more for every pass but the first.
    """
    layout = layout or LAYOUTS[config.method]
    return {
        f'{layout.root}cross_unet_conv{step}.{original.rpartition(".out.")[2]}': original
        for step in range(2, _passes(config) + 1)
        for original in _output_layers(layout)
    }


def convert_published(
    published: Mapping[str, Tensor], config: NetworkConfig, layout: Layout | None = None
) -> ConvertedCheckpoint:
    """Return a published state dict in our names.

    Parameters
    ----------
    published
        Published name -> tensor; names and shapes alone are read.
    config
        The network it is taken for.
    layout
        None stands for the layout of the method's own published files.

    Raises
    ------
    CheckpointError
        When keys are missing or unknown, or a shape does not fit.
    """
    with torch.device('meta'):
        expected = build(config).state_dict()
    return convert(
        published,
        published_names(config, expected, layout),
        expected,
        known_unused(config, layout),
        tied_copies(config, layout),
    )


def _published_name(config: NetworkConfig, name: str, layout: Layout) -> str:
    if name.startswith(_ENCODER):
        return f'{layout.root}encoder_vq.{ldm_encoder_name(name.removeprefix(_ENCODER))}'
    if name.startswith(_UNET):
        unet = config.backbone.unet
        inner = ldm_unet_name(
            name.removeprefix(_UNET), unet.layers_per_block, unet.attention_levels
        )
        return f'{layout.root}unet.unet.diffusion_model.{inner}'
    prefix = next(prefix for prefix in layout.prefixes if name.startswith(prefix))
    return layout.prefixes[prefix] + name.removeprefix(prefix)


def _passes(config: NetworkConfig) -> int:
    """Return how often a refining backbone runs its U-Net; 0 where nothing is refined."""
    backbone = config.backbone
    return backbone.steps if isinstance(backbone, RefiningBackboneConfig) else 0


def _output_layers(layout: Layout) -> tuple[str, ...]:
    return tuple(
        f'{layout.root}unet.unet.diffusion_model.out.{layer}.{kind}'
        for layer in (0, 2)
        for kind in ('weight', 'bias')
    )
