# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from diffperc_ros.checkpoints.ldm import ldm_encoder_name, ldm_unet_name

ATTENDS = (True, True, True, False)


@pytest.mark.parametrize(
    ('ours', 'theirs'),
    [
        ('time_embedding.linear_2.bias', 'time_embed.2.bias'),
        ('conv_in.weight', 'input_blocks.0.0.weight'),
        ('down_blocks.0.resnets.0.conv1.weight', 'input_blocks.1.0.in_layers.2.weight'),
        ('down_blocks.1.attentions.1.norm.bias', 'input_blocks.5.1.norm.bias'),
        ('down_blocks.0.downsamplers.0.conv.weight', 'input_blocks.3.0.op.weight'),
        ('mid_block.resnets.1.norm2.weight', 'middle_block.2.out_layers.0.weight'),
        ('mid_block.attentions.0.proj_in.weight', 'middle_block.1.proj_in.weight'),
        ('up_blocks.0.resnets.2.conv_shortcut.bias', 'output_blocks.2.0.skip_connection.bias'),
        ('up_blocks.0.upsamplers.0.conv.weight', 'output_blocks.2.1.conv.weight'),
        ('up_blocks.1.upsamplers.0.conv.weight', 'output_blocks.5.2.conv.weight'),
        (
            'up_blocks.3.attentions.2.transformer_blocks.0.attn2.to_out.0.bias',
            'output_blocks.11.1.transformer_blocks.0.attn2.to_out.0.bias',
        ),
    ],
)
def test_unet_names(ours: str, theirs: str) -> None:
    assert ldm_unet_name(ours, 2, ATTENDS) == theirs


@pytest.mark.parametrize(
    ('ours', 'theirs'),
    [
        ('quant_conv.weight', 'quant_conv.weight'),
        ('encoder.conv_in.bias', 'encoder.conv_in.bias'),
        ('encoder.conv_norm_out.bias', 'encoder.norm_out.bias'),
        ('encoder.conv_out.bias', 'encoder.conv_out.bias'),
        (
            'encoder.down_blocks.1.resnets.0.conv_shortcut.weight',
            'encoder.down.1.block.0.nin_shortcut.weight',
        ),
        (
            'encoder.down_blocks.0.downsamplers.0.conv.bias',
            'encoder.down.0.downsample.conv.bias',
        ),
        ('encoder.mid_block.resnets.1.norm1.weight', 'encoder.mid.block_2.norm1.weight'),
        ('encoder.mid_block.attentions.0.to_out.0.weight', 'encoder.mid.attn_1.proj_out.weight'),
    ],
)
def test_encoder_names(ours: str, theirs: str) -> None:
    assert ldm_encoder_name(ours) == theirs


@pytest.mark.parametrize('name', ['down_blocks.0.foo', 'mid_block.resnets'])
def test_names_of_nothing_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match='names no'):
        ldm_unet_name(name, 2, ATTENDS)
