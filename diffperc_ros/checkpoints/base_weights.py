# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Stable Diffusion 1.5's own weights, which training starts from: from disk, never from a hub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from diffperc_ros.checkpoints.account import CheckpointError, convert
from diffperc_ros.checkpoints.identify import describe
from diffperc_ros.checkpoints.ldm import ldm_encoder_name, ldm_unet_name
from diffperc_ros.checkpoints.reading import read_checkpoint
from diffperc_ros.checkpoints.unwrapping import unwrap
from diffperc_ros.networks.configuration import UNetConfig

_ENCODER, _UNET = 'encoder.', 'unet.'
# Of the original single file.
_FILE_ENCODER, _FILE_UNET = 'first_stage_model.', 'model.diffusion_model.'
# Of a diffusers folder, the first that exists.
_FOLDER_FILES = ('diffusion_pytorch_model.safetensors', 'diffusion_pytorch_model.bin')
# How folders that were written before diffusers 0.12 name the encoder's attention.
_OLD_ATTENTION = {
    '.to_q.': '.query.',
    '.to_k.': '.key.',
    '.to_v.': '.value.',
    '.to_out.0.': '.proj_attn.',
}


def load_base_weights(backbone: nn.Module, unet: UNetConfig, path: Path) -> None:
    """Give a backbone's encoder and U-Net the weights of Stable Diffusion.

    Everything else of the source (text encoder, decoder, averaged weights) is left alone; so is
    everything else of the backbone, such as learned time vectors.

    Parameters
    ----------
    backbone
        With parts `encoder` (the autoencoder's encoder half) and `unet`.
    unet
        The configuration of its U-Net.
    path
        A diffusers folder (with unet/ and vae/), or the original single file (.ckpt or
        .safetensors).

    Raises
    ------
    CheckpointError
        When weights are missing or of another shape, or `path` is neither; the message says what
        it looks like.
    """
    expected = {
        name: tensor
        for name, tensor in backbone.state_dict().items()
        if name.startswith((_ENCODER, _UNET))
    }
    if path.is_dir():
        source = _read_folder(path)
        names = {name: _folder_name(name, source) for name in expected}
    else:
        source = unwrap(read_checkpoint(path)).state
        names = {name: _file_name(name, unet) for name in expected}
    needed = {name: source[name] for name in names.values() if name in source}
    if not needed:
        raise CheckpointError(f'{path}: not the weights of Stable Diffusion: {describe(source)}')
    try:
        converted = convert(needed, names, expected, known_unused=())
    except CheckpointError as error:
        raise CheckpointError(f'{path}: {error}') from error
    backbone.load_state_dict(converted.state, strict=False)


def _read_folder(path: Path) -> dict[str, Tensor]:
    """Return our name -> tensor, old names of attention layers as they are."""
    unet = unwrap(_read_part(path / 'unet')).state
    autoencoder = unwrap(_read_part(path / 'vae')).state
    return {
        **{_UNET + name: tensor for name, tensor in unet.items()},
        **{_ENCODER + name: tensor for name, tensor in autoencoder.items()},
    }


def _read_part(folder: Path) -> Any:
    for name in _FOLDER_FILES:
        if (folder / name).is_file():
            return read_checkpoint(folder / name)
    raise CheckpointError(
        f'{folder}: holds none of {", ".join(_FOLDER_FILES)}; a diffusers folder of Stable '
        'Diffusion 1.5 has unet/ and vae/ with one of them each'
    )


def _folder_name(name: str, source: Mapping[str, Tensor]) -> str:
    if name in source or '.attentions.' not in name or not name.startswith(_ENCODER):
        return name
    for new, old in _OLD_ATTENTION.items():
        if new in name:
            return name.replace(new, old)
    return name


def _file_name(name: str, unet: UNetConfig) -> str:
    if name.startswith(_ENCODER):
        return _FILE_ENCODER + ldm_encoder_name(name.removeprefix(_ENCODER))
    inner = ldm_unet_name(name.removeprefix(_UNET), unet.layers_per_block, unet.attention_levels)
    return _FILE_UNET + inner
