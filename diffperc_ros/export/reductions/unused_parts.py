# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Parts that only training looks at, and layers whose answer nobody asks for."""

from __future__ import annotations

from torch import nn

from diffperc_ros.networks.unet import UNet

_TRAINING_ONLY = ('auxiliary_head',)


def drop_training_parts(network: nn.Module) -> None:
    """Remove the heads that only a training loss sees."""
    for name in _TRAINING_ONLY:
        if hasattr(network, name):
            delattr(network, name)


def drop_output_layers(unet: UNet) -> None:
    """Remove the layers that turn features into a denoised latent, where no pass follows."""
    for name in ('conv_norm_out', 'conv_out'):
        if hasattr(unet, name):
            delattr(unet, name)


def drop_units_behind_the_finest_tap(unet: UNet, tap: int) -> None:
    """Remove the finest level's units whose results no feature is taken of.

    Units behind a tap of a coarser level stay: the next finer level needs them.

    Parameters
    ----------
    unet : changed in place.
    tap : index of the unit at the finest level after which features are taken.
    """
    finest = unet.up_blocks[-1]
    for units in (finest.resnets, getattr(finest, 'attentions', [])):
        del units[tap + 1 :]
