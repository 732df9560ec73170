# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which published checkpoint a state dict is, and what it is instead where it is none."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from torch import Tensor

from diffperc_ros.checkpoints.account import CheckpointError, ConvertedCheckpoint, list_names
from diffperc_ros.checkpoints.layout import LAYOUTS
from diffperc_ros.checkpoints.naming import convert_published
from diffperc_ros.checkpoints.published import PublishedCheckpoint, published_checkpoints
from diffperc_ros.networks.metaprompts_configuration import RefiningBackboneConfig
from diffperc_ros.networks.methods import NetworkConfig
from diffperc_ros.networks.serialization import from_dict

# Weights that people take for a checkpoint of ours. Keys that must all be there -> what it is.
_OTHER_WEIGHTS = {
    ('model.diffusion_model.input_blocks.0.0.weight',): (
        'Stable Diffusion, which VPD and MetaPrompts start from'
    ),
    ('down_blocks.0.resnets.0.conv1.weight', 'conv_in.weight'): "diffusers' U-Net",
    ('encoder.conv_in.weight', 'quant_conv.weight'): "Stable Diffusion's autoencoder",
    ('text_model.embeddings.token_embedding.weight',): "CLIP's text encoder",
    ('backbone.unet.conv_in.weight',): 'the weights of a bundle, imported already',
}


def layout_of(names: Collection[str]) -> str | None:
    """Return the layout most of whose marks are among a state dict's names; None if none are."""
    found = {name: len(set(layout.marks) & set(names)) for name, layout in LAYOUTS.items()}
    likeliest = max(found, key=lambda name: found[name])
    return likeliest if found[likeliest] else None


def configuration_in(
    state: Mapping[str, Tensor], checkpoint: PublishedCheckpoint
) -> NetworkConfig:
    """Return a checkpoint's configuration, with as many passes as the file has time vectors.

    The published code assumes one pass unless told otherwise and then runs without refinement; two
    published files for Cityscapes differ in nothing else.
    """
    config = from_dict(checkpoint.network)
    if not isinstance(config.backbone, RefiningBackboneConfig):
        return config
    root = LAYOUTS[checkpoint.layout].root
    steps = 0
    while f'{root}t{steps + 1}' in state:
        steps += 1
    return replace(config, backbone=replace(config.backbone, steps=max(steps, 1)))


def convert_as(
    state: Mapping[str, Tensor], checkpoint: PublishedCheckpoint
) -> tuple[NetworkConfig, ConvertedCheckpoint]:
    """Return a state dict as one published checkpoint, in our names.

    Raises
    ------
    CheckpointError
        When it is not that; the message says what it looks like instead.
    """
    found = layout_of(state)
    if found != checkpoint.layout:
        raise CheckpointError(f'this is not {checkpoint.name}: {describe(state)}')
    config = configuration_in(state, checkpoint)
    try:
        return config, convert_published(state, config, LAYOUTS[checkpoint.layout])
    except CheckpointError as error:
        others = ', '.join(name for name in _fitting(state) if name != checkpoint.name)
        hint = f'; it fits {others}' if others else ''
        raise CheckpointError(f'as {checkpoint.name}, {error}{hint}') from error


def identify(state: Mapping[str, Tensor]) -> PublishedCheckpoint:
    """Return the only published checkpoint that has exactly these names and shapes.

    Raises
    ------
    CheckpointError
        When there is none, or there are several: the tensors of some differ in nothing but their
        values.
    """
    fitting = _fitting(state)
    if len(fitting) == 1:
        return next(iter(fitting.values()))
    if fitting:
        raise CheckpointError(
            f'these tensors fit {" and ".join(fitting)} alike; say which it is with --as'
        )
    same_layout = [
        checkpoint
        for checkpoint in published_checkpoints().values()
        if checkpoint.layout == layout_of(state)
    ]
    if same_layout:
        convert_as(state, same_layout[0])  # raises, and says what does not fit
    raise CheckpointError(f'this is no published checkpoint: {describe(state)}')


def describe(state: Mapping[str, Tensor]) -> str:
    """Return what a state dict looks like, in words."""
    layout = layout_of(state)
    if layout is not None:
        return f'it looks like {LAYOUTS[layout].title}'
    for marks, meaning in _OTHER_WEIGHTS.items():
        if set(marks) <= state.keys():
            return f'it looks like {meaning}'
    return f'it holds {list_names(list(state))}'


def _fitting(state: Mapping[str, Tensor]) -> dict[str, PublishedCheckpoint]:
    found = {}
    layout = layout_of(state)
    for name, checkpoint in published_checkpoints().items():
        if checkpoint.layout != layout:
            continue
        try:
            convert_published(
                state, configuration_in(state, checkpoint), LAYOUTS[checkpoint.layout]
            )
        except CheckpointError:
            continue
        found[name] = checkpoint
    return found
