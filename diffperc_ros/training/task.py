# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the loop has to be told about a task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.data import Dataset

from diffperc_ros.core.errors import SettingError
from diffperc_ros.core.transforms import Size
from diffperc_ros.networks.encoders.efficientnet_lite import EfficientNetLiteEncoder
from diffperc_ros.training.data.augment import (
    Augmentation,
    Random,
    Sample,
    augment,
    no_augmentation,
)
from diffperc_ros.training.data.dataset import Item, RenderedPictures, Shard
from diffperc_ros.training.recipe import Recipe

Answer = TypeVar('Answer')
"""What a network says in training."""


@dataclass(frozen=True)
class Task(Generic[Answer]):
    """A network with what it learns from and what is asked of it.

    Parameters
    ----------
    recipe : stages and rates; written beside the weights.
    network : with its initial weights.
    target : what it is to know of an augmented picture.
    answer : its answer to a batch; run in bfloat16.
    loss : of an answer, float32.
    validate : scores of a network on pictures that were never trained on, by name.
    maps : which arrays of a shard `target` reads.
    objects : whether it reads the things in the pictures.
    augmentation : what is done to pictures in training.
    """

    recipe: Recipe
    network: nn.Module
    target: Callable[[Sample, Random], Item]
    answer: Callable[[nn.Module, Item], Answer]
    loss: Callable[[Answer, Item], Tensor]
    validate: Callable[[nn.Module, Dataset[Item], int], dict[str, float]]
    maps: tuple[str, ...]
    objects: bool = False
    augmentation: Augmentation = augment

    def pictures(self, shards: list[Path], size: Size, seed: int) -> RenderedPictures:
        """Return the pictures of some shards, for training."""
        return RenderedPictures(self._open(shards), size, self.target, self.augmentation, seed)

    def held_out(self, shards: list[Path], size: Size) -> RenderedPictures:
        """Return the pictures of some shards as they are, for validation."""
        return RenderedPictures(self._open(shards), size, self.target, no_augmentation)

    def _open(self, shards: list[Path]) -> list[Shard]:
        return [Shard(shard, self.maps, objects=self.objects) for shard in shards]


def start_encoder(
    network: nn.Module, recipe: Recipe, imagenet: dict[str, Tensor] | None
) -> EfficientNetLiteEncoder | None:
    """Give a network's encoder its ImageNet weights, if any, and freeze its first blocks."""
    for module in network.modules():
        if isinstance(module, EfficientNetLiteEncoder):
            features = module.features
            if imagenet is not None:
                features.load_imagenet(imagenet)
            frozen = features._blocks[: recipe.frozen_blocks]
            for part in (features._conv_stem, features._bn0, *frozen):
                part.requires_grad_(False)
            return module
    return None


SHARED = ('backbone.', 'prompt.adapter.')
"""What networks of different tasks have in common: encoder, U-Net, adapter of the text."""
ENCODER = ('backbone.encoder.',)


def start_from(network: nn.Module, weights: Path, parts: tuple[str, ...] = SHARED) -> None:
    """Take what networks have in common, or only some parts, from a safetensors file.

    Levels at which this U-Net attends and the other one does not begin by changing nothing: the
    last layer of their attention is zero.

    Raises
    ------
    SettingError : the file lacks some of it, or holds it in another shape.
    """
    state = load_file(weights)
    shared = {name: value for name, value in state.items() if name.startswith(parts)}
    try:
        missing, _ = network.load_state_dict(shared, strict=False)
    except RuntimeError as error:
        raise SettingError(f'{weights}: not of the same shape: {error}') from error
    lacking = [name for name in missing if name.startswith(parts)]
    parameters = dict(network.named_parameters())
    for name in [name for name in lacking if '.attentions.' in name]:
        lacking.remove(name)
        if '.proj_out.' in name:
            nn.init.zeros_(parameters[name])
    if lacking:
        raise SettingError(f'{weights}: lacks {", ".join(lacking[:3])} of {len(lacking)}')
