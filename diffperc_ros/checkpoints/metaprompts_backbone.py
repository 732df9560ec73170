# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The backbone's names in MetaPrompts' published checkpoints, depth and segmentation alike."""

from __future__ import annotations

from diffperc_ros.checkpoints.ldm import ldm_encoder_name, ldm_unet_name
from diffperc_ros.networks.metaprompts_configuration import RefiningBackboneConfig

# Part of the decoder's half of the autoencoder; nothing that perceives ever runs it.
UNUSED_AUTOENCODER = (
    'encoder_vq.post_quant_conv.weight',
    'encoder_vq.post_quant_conv.bias',
)

_UNET = 'unet.unet.diffusion_model.'
# The original time embedding, which the learned vectors bypass; depth checkpoints lack it.
UNUSED_TIME_EMBEDDING = tuple(
    f'{_UNET}time_embed.{layer}.{kind}' for layer in (0, 2) for kind in ('weight', 'bias')
)
_OUTPUT = {'conv_norm_out.': 'out.0.', 'conv_out.': 'out.2.'}


def published_backbone_name(name: str, config: RefiningBackboneConfig) -> str:
    """Return the published name of an entry of the backbone's state dict.

    Parameters
    ----------
    name
        For example 'time_vectors.0' or 'unet.conv_out.bias'.
    config
        A configuration with the autoencoder's encoder, which all published checkpoints have.
    """
    part, _, rest = name.partition('.')
    if part == 'time_vectors':
        return f't{int(rest) + 1}'
    if part == 'encoder':
        return f'encoder_vq.{ldm_encoder_name(rest)}'
    for ours, theirs in _OUTPUT.items():
        if rest.startswith(ours):
            return _UNET + theirs + rest.removeprefix(ours)
    unet = config.unet
    return _UNET + ldm_unet_name(rest, unet.layers_per_block, unet.attention_levels)


def unused_output_layers(steps: int) -> tuple[str, ...]:
    """Return the published names of output layers that no pass reads: all, with a single pass."""
    return () if steps > 1 else _output_layers(_UNET + 'out')


def tied_output_layers(steps: int) -> dict[str, str]:
    """Return published name -> published name of which it is a copy.

    The output layers that feed a pass are stored once more for every pass but the first.
    """
    originals = _output_layers(_UNET + 'out')
    return {
        copy: original
        for step in range(2, steps + 1)
        for copy, original in zip(_output_layers(f'cross_unet_conv{step}'), originals, strict=True)
    }


def _output_layers(prefix: str) -> tuple[str, ...]:
    return tuple(f'{prefix}.{layer}.{kind}' for layer in (0, 2) for kind in ('weight', 'bias'))
