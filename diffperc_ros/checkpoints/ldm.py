# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Names of Stable Diffusion's parts in the original latent-diffusion layout.

Published checkpoints of VPD and MetaPrompts name the U-Net and the encoder as CompVis' code does;
ours are named by diffusers. The two are the same modules in the same order, so a name translates
by rule. diffusers converts too, but drops what it does not know without a word; here every key is
accounted for, and the rules are needed in both directions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_RESIDUAL = {
    'norm1': 'in_layers.0',
    'conv1': 'in_layers.2',
    'time_emb_proj': 'emb_layers.1',
    'norm2': 'out_layers.0',
    'conv2': 'out_layers.3',
    'conv_shortcut': 'skip_connection',
}
_TIME_EMBEDDING = {'linear_1': 'time_embed.0', 'linear_2': 'time_embed.2'}
_OUTSIDE_BLOCKS = {
    'conv_in': 'input_blocks.0.0',
    'conv_norm_out': 'out.0',
    'conv_out': 'out.2',
}
_MIDDLE = {'resnets.0': 'middle_block.0', 'attentions.0': 'middle_block.1'}
_ENCODER_MIDDLE = {
    'resnets.0': 'mid.block_1',
    'attentions.0': 'mid.attn_1',
    'resnets.1': 'mid.block_2',
}
_ENCODER_ATTENTION = {
    'group_norm': 'norm',
    'to_q': 'q',
    'to_k': 'k',
    'to_v': 'v',
    'to_out.0': 'proj_out',
}


def ldm_unet_name(name: str, layers_per_block: int, attends: Sequence[bool]) -> str:
    """Return the latent-diffusion name of a parameter of diffusers' U-Net.

    Parameters
    ----------
    name
        For example 'up_blocks.1.attentions.2.norm.weight'.
    layers_per_block
        Units per level on the way down.
    attends
        For each level, finest first, whether its units attend, which decides where its
        upsampler is numbered.
    """
    part, _, rest = name.partition('.')
    if part in _OUTSIDE_BLOCKS:
        return f'{_OUTSIDE_BLOCKS[part]}.{rest}'
    if part == 'time_embedding':
        return _replace_head(rest, _TIME_EMBEDDING)
    if part == 'mid_block':
        unit, inner = _split_unit(rest)
        block = _MIDDLE.get(unit, 'middle_block.2')
        return f'{block}.{_inside(unit, inner)}'

    level_text, _, rest = rest.partition('.')
    level = int(level_text)
    unit, inner = _split_unit(rest)
    index = int(unit.rpartition('.')[2])
    units = layers_per_block + 1
    if part == 'down_blocks':
        if unit.startswith('downsamplers'):
            return f'input_blocks.{(level + 1) * units}.0.op.{inner.removeprefix("conv.")}'
        block = f'input_blocks.{1 + level * units + index}'
    else:
        if unit.startswith('upsamplers'):
            position = 2 if attends[-1 - level] else 1
            return f'output_blocks.{level * units + layers_per_block}.{position}.{inner}'
        block = f'output_blocks.{level * units + index}'
    position = 0 if unit.startswith('resnets') else 1
    return f'{block}.{position}.{_inside(unit, inner)}'


def ldm_encoder_name(name: str) -> str:
    """Return the latent-diffusion name of a parameter of our autoencoder's encoder half.

    Parameters
    ----------
    name
        For example 'encoder.down_blocks.0.resnets.1.conv1.bias' or 'quant_conv.weight'.
    """
    if not name.startswith('encoder.'):
        return name
    rest = name.removeprefix('encoder.')
    if rest.startswith('mid_block.'):
        unit, inner = _split_unit(rest.removeprefix('mid_block.'))
        if unit.startswith('attentions'):
            inner = _replace_head(inner, _ENCODER_ATTENTION)
        return f'encoder.{_ENCODER_MIDDLE[unit]}.{inner}'
    rest = rest.replace('conv_norm_out.', 'norm_out.').replace('conv_shortcut', 'nin_shortcut')
    rest = rest.replace('downsamplers.0.', 'downsample.').replace('resnets.', 'block.')
    return f'encoder.{rest.replace("down_blocks.", "down.")}'


def _split_unit(name: str) -> tuple[str, str]:
    """Split 'resnets.1.conv1.bias' into 'resnets.1' and 'conv1.bias'."""
    match = re.fullmatch(r'(\w+\.\d+)\.(.+)', name)
    if match is None:
        raise ValueError(f'{name} names no unit of a U-Net block')
    return match[1], match[2]


def _inside(unit: str, inner: str) -> str:
    return _replace_head(inner, _RESIDUAL) if unit.startswith('resnets') else inner


def _replace_head(name: str, table: Mapping[str, str]) -> str:
    """Replace all but the last component of a name, which is 'weight' or 'bias'."""
    head, _, last = name.rpartition('.')
    return f'{table[head]}.{last}'
