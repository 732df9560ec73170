# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How published files name the parts of our networks: one table for each layout.

All of them keep Stable Diffusion's U-Net and encoder in the original latent-diffusion naming,
which `ldm.py` translates; a table says where those stand and how everything else is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """The names of one kind of published file.

    Attributes
    ----------
    title
        What such a file is, for people.
    root
        Where the published model keeps its U-Net and encoder.
    prefixes
        Beginnings of our names -> beginnings of the published ones, for all that stands outside
        U-Net and encoder.
    unused
        Published names that a file may hold without effect. One that ends in a dot stands for
        everything below it.
    marks
        Published names that are found in this layout and in no other; they decide what a file is.
    """

    title: str
    root: str
    prefixes: Mapping[str, str]
    unused: tuple[str, ...]
    marks: tuple[str, ...]


def _below(root: str, names: Mapping[str, str]) -> dict[str, str]:
    return {ours: root + theirs for ours, theirs in names.items()}


_LAYERS = tuple(f'{layer}.{kind}' for layer in (0, 2) for kind in ('weight', 'bias'))
# Nothing that perceives runs the decoder's half of the autoencoder.
_AUTOENCODER = ('encoder_vq.post_quant_conv.weight', 'encoder_vq.post_quant_conv.bias')
_UNET_OUTPUT = tuple(f'unet.unet.diffusion_model.out.{layer}' for layer in _LAYERS)
# The time embedding of a U-Net that is told learned vectors instead.
_TIME_EMBEDDING = tuple(f'unet.unet.diffusion_model.time_embed.{layer}' for layer in _LAYERS)
# Buffers of the diffusion process, which no forward reads.
_SCHEDULE = tuple(
    f'sd_model.{name}'
    for name in (
        'betas',
        'alphas_cumprod',
        'alphas_cumprod_prev',
        'sqrt_alphas_cumprod',
        'sqrt_one_minus_alphas_cumprod',
        'log_one_minus_alphas_cumprod',
        'sqrt_recip_alphas_cumprod',
        'sqrt_recipm1_alphas_cumprod',
        'posterior_variance',
        'posterior_log_variance_clipped',
        'posterior_mean_coef1',
        'posterior_mean_coef2',
    )
)

_ADAPTER = {'prompt.adapter.gamma': 'gamma', 'prompt.adapter.fc.': 'text_adapter.fc.'}
_CLASS_PROMPT = {'prompt.class_embeddings': 'class_embeddings', **_ADAPTER}
_LEVELS = range(4)
# More passes than anybody published; one digit, so that no name begins with another.
_PASSES = range(9)
_TIME_VECTORS = {f'backbone.time_vectors.{step}': f't{step + 1}' for step in _PASSES}

LAYOUTS = {
    'vpd_depth': Layout(
        title='VPD depth',
        root='encoder.',
        prefixes={
            **_below('encoder.', _CLASS_PROMPT),
            'head.aggregation.': 'encoder.',
            'head.decoder.': 'decoder.',
            'head.last_layer.': 'last_layer_depth.',
        },
        unused=tuple(f'encoder.{name}' for name in _AUTOENCODER),
        marks=(
            'encoder.class_embeddings',
            'encoder.gamma',
            'encoder.layer1.3.weight',
            'encoder.text_adapter.fc.0.weight',
        ),
    ),
    'vpd_depth_openmmlab': Layout(
        title="VPD depth in OpenMMLab's port",
        root='backbone.',
        prefixes={
            **_below('backbone.', _CLASS_PROMPT),
            'head.aggregation.layer1.': 'decode_head.conv1.',
            'head.aggregation.layer2.0.': 'decode_head.conv2.',
            'head.aggregation.out_layer.': 'decode_head.conv_aggregation.',
            'head.decoder.': 'decode_head.decoder.',
            'head.last_layer.': 'decode_head.depth_pred_layer.',
        },
        # The port keeps the autoencoder whole.
        unused=(
            *(f'backbone.{name}' for name in (*_AUTOENCODER, *_UNET_OUTPUT)),
            'backbone.encoder_vq.decoder.',
        ),
        marks=(
            'backbone.class_embeddings',
            'backbone.gamma',
            'decode_head.conv_aggregation.0.weight',
            'decode_head.depth_pred_layer.0.weight',
        ),
    ),
    'vpd_segmentation': Layout(
        title='VPD semantic segmentation',
        root='',
        prefixes={
            **_CLASS_PROMPT,
            **{f'head.pyramid.laterals.{i}.': f'neck.lateral_convs.{i}.conv.' for i in _LEVELS},
            **{f'head.pyramid.outputs.{i}.': f'neck.fpn_convs.{i}.conv.' for i in _LEVELS},
            'head.branches.': 'decode_head.scale_heads.',
            'head.classifier.': 'decode_head.conv_seg.',
        },
        unused=(*_AUTOENCODER, *_UNET_OUTPUT, *_SCHEDULE),
        marks=(
            'class_embeddings',
            'decode_head.scale_heads.0.0.conv.weight',
            'neck.lateral_convs.0.conv.weight',
        ),
    ),
    'vpd_referring': Layout(
        title='VPD referring segmentation',
        root='',
        prefixes={
            **_ADAPTER,
            # The published decoder numbers its stages by the feature they start from: 4, 3, 2.
            **{
                f'head.stages.{stage}.{index}.{layer}.': (
                    f'classifier.{layer}{index + 1}_{4 - stage}.'
                )
                for stage in range(3)
                for index in range(2)
                for layer in ('conv', 'bn')
            },
            'head.classifier.': 'classifier.conv1_1.',
        },
        unused=(*_AUTOENCODER, *_UNET_OUTPUT),
        marks=('classifier.conv1_1.weight', 'classifier.conv1_4.weight'),
    ),
    'metaprompts_depth': Layout(
        title='MetaPrompts depth',
        root='encoder.',
        prefixes={
            **_below('encoder.', _TIME_VECTORS),
            **{f'prompts.prompts.{step}': f'encoder.meta_prompts{step + 1}' for step in _PASSES},
            **{
                f'prompts.adapters.{step}.': f'encoder.text_adapter{step + 1}.fc.'
                for step in _PASSES
            },
            **{f'fusion.coarser.{i}.': f'encoder.layer{i + 2}.' for i in _LEVELS},
            'fusion.': 'encoder.',
            'head.decoder.': 'decoder.',
            'head.last_layer.': 'last_layer_depth.',
        },
        unused=tuple(f'encoder.{name}' for name in _AUTOENCODER),
        marks=('encoder.meta_prompts1', 'encoder.t1', 'encoder.text_adapter1.fc.0.weight'),
    ),
    'metaprompts_segmentation': Layout(
        title='MetaPrompts semantic segmentation',
        root='',
        prefixes={
            **_TIME_VECTORS,
            'prompts': 'meta_prompts',
            **{f'projections.{i}.': f'upconv{i + 1}.' for i in _LEVELS},
            'head.': 'decode_head.',
            'auxiliary_head.': 'auxiliary_head.',
        },
        unused=(*_AUTOENCODER, *_TIME_EMBEDDING, *_SCHEDULE),
        marks=('meta_prompts', 't1', 'upconv1.0.weight'),
    ),
}
"""By name. A layout that is named as a method is that of the method's own published files."""
