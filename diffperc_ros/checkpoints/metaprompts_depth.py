# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Names in the published MetaPrompts depth checkpoints (entry 'model' of NYU's and KITTI's)."""

from __future__ import annotations

from collections.abc import Iterable

from diffperc_ros.checkpoints.metaprompts_backbone import (
    UNUSED_AUTOENCODER,
    published_backbone_name,
    tied_output_layers,
    unused_output_layers,
)
from diffperc_ros.networks.metaprompts_configuration import MetaPromptsDepthConfig

_PREFIXES = {
    'fusion.': 'encoder.',
    'head.decoder.': 'decoder.',
    'head.last_layer.': 'last_layer_depth.',
}


def published_names(config: MetaPromptsDepthConfig, names: Iterable[str]) -> dict[str, str]:
    """Return our name -> published name for names of the network's state dict.

    Parameters
    ----------
    config
        A configuration with the autoencoder's encoder, which all published checkpoints have.
    names
        Names in the state dict of the network that `config` describes.
    """

    def published(name: str) -> str:
        part, _, rest = name.partition('.')
        if part == 'backbone':
            return f'encoder.{published_backbone_name(rest, config.backbone)}'
        if part == 'prompts':
            kind, step, *inside = rest.split('.')
            if kind == 'prompts':
                return f'encoder.meta_prompts{int(step) + 1}'
            return '.'.join((f'encoder.text_adapter{int(step) + 1}.fc', *inside))
        if name.startswith('fusion.coarser.'):
            level, _, inner = name.removeprefix('fusion.coarser.').partition('.')
            return f'encoder.layer{int(level) + 2}.{inner}'
        prefix = next(prefix for prefix in _PREFIXES if name.startswith(prefix))
        return _PREFIXES[prefix] + name.removeprefix(prefix)

    return {name: published(name) for name in names}


def known_unused(config: MetaPromptsDepthConfig) -> tuple[str, ...]:
    """Return the published names that are present and have no effect."""
    unused = (*UNUSED_AUTOENCODER, *unused_output_layers(config.backbone.steps))
    return tuple(f'encoder.{name}' for name in unused)


def tied_copies(config: MetaPromptsDepthConfig) -> dict[str, str]:
    """Return published name -> published name of the tensor of which it is a copy."""
    copies = tied_output_layers(config.backbone.steps)
    return {f'encoder.{copy}': f'encoder.{original}' for copy, original in copies.items()}
