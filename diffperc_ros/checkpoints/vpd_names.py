# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the names in VPD's published checkpoints have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from diffperc_ros.checkpoints.ldm import ldm_encoder_name, ldm_unet_name
from diffperc_ros.networks.configuration import UNetConfig

_ENCODER = 'backbone.encoder.'
_UNET = 'backbone.unet.'

# Nothing that perceives runs the decoder's half of the autoencoder.
UNUSED_DECODER = ('encoder_vq.post_quant_conv.weight', 'encoder_vq.post_quant_conv.bias')

UNUSED_UNET_OUTPUT = tuple(
    f'unet.unet.diffusion_model.out.{layer}.{kind}'
    for layer in (0, 2)
    for kind in ('weight', 'bias')
)


def vpd_names(
    names: Iterable[str], unet: UNetConfig, prefixes: Mapping[str, str], root: str = ''
) -> dict[str, str]:
    """Return our name -> published name.

    Parameters
    ----------
    names
        Names in the state dict of a network of ours.
    unet
        The network's U-Net.
    prefixes
        Beginnings of our names -> beginnings of the published ones, for all that stands outside
        the backbone.
    root
        Where the published model keeps its backbone.
    """

    def published(name: str) -> str:
        if name.startswith(_ENCODER):
            return f'{root}encoder_vq.{ldm_encoder_name(name.removeprefix(_ENCODER))}'
        if name.startswith(_UNET):
            inner = ldm_unet_name(
                name.removeprefix(_UNET), unet.layers_per_block, unet.attention_levels
            )
            return f'{root}unet.unet.diffusion_model.{inner}'
        prefix = next(prefix for prefix in prefixes if name.startswith(prefix))
        return prefixes[prefix] + name.removeprefix(prefix)

    return {name: published(name) for name in names}
