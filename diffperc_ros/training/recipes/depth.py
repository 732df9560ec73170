# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The small default depth network: recipe, target, loss and scores."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from diffperc_ros.networks.configuration import (
    ClassPromptConfig,
    VPDDepthConfig,
    VPDDepthHeadConfig,
)
from diffperc_ros.networks.vpd import VPDDepth
from diffperc_ros.training.data.augment import Random, Sample
from diffperc_ros.training.data.dataset import Item
from diffperc_ros.training.losses.log_depth import log_depth_loss
from diffperc_ros.training.recipe import SMALL_BACKBONE, Recipe, Stage
from diffperc_ros.training.task import Task, start_encoder


@dataclass(frozen=True, kw_only=True)
class DepthRecipe(Recipe):
    """Everything that decides a depth training run but the data themselves.

    Parameters
    ----------
    network : architecture.
    focal_length : focal length in image widths that the answers belong to; real depth is the
        answer times (focal length in widths / this). Chosen near that of common cameras.
    initial_depth : metres (at `focal_length`) that the untrained network answers everywhere.
    """

    network: VPDDepthConfig
    focal_length: float = 0.9
    initial_depth: float = 2.0


SCENE_KINDS = ('room', 'low', 'tabletop', 'bin', 'corridor')
"""Rows of the prompt: the kinds of view that the procedural scenes come in."""

SMALL_NETWORK = VPDDepthConfig(
    backbone=SMALL_BACKBONE,
    prompt=ClassPromptConfig(classes=len(SCENE_KINDS), adapter_scale=0.1),
    head=VPDDepthHeadConfig(
        aggregated_channels=256,
        deconvolution_channels=(64, 32, 24),
        decoder_channels=16,
        max_depth=20.0,
        init_std=0.03,
    ),
)

SMALL_INDOOR = DepthRecipe(
    network=SMALL_NETWORK,
    stages=(
        # The first stages need few shards, so that training can begin while others are rendered.
        Stage(192, 128, 16, 300, 1.2e-3, 1.2e-3, shards=4),
        Stage(192, 128, 16, 300, 1.2e-3, 1.2e-3, shards=8),
        Stage(192, 128, 16, 400, 1.2e-3, 1.0e-3, shards=13),
        Stage(192, 128, 16, 600, 1.0e-3, 8e-4, shards=15),
        Stage(192, 128, 16, 350, 8e-4, 6e-4, shards=20),
        Stage(256, 192, 12, 700, 6e-4, 4e-4, shards=26),
        Stage(256, 192, 12, 1100, 4e-4, 1e-5, shards=44),
    ),
)


def depth_task(recipe: DepthRecipe, imagenet: dict[str, Tensor] | None = None) -> Task[Tensor]:
    """Return the task of a depth recipe.

    Parameters
    ----------
    recipe : network and rates.
    imagenet : state dict of the encoder's ImageNet weights; None starts from random ones.
    """
    torch.manual_seed(recipe.seed)
    network = VPDDepth(recipe.network)
    start_encoder(network, recipe, imagenet)
    share = recipe.initial_depth / recipe.network.head.max_depth
    last = network.head.last_layer[-1]
    nn.init.constant_(last.bias, math.log(share / (1 - share)))  # type: ignore[arg-type]

    def target(sample: Sample, random: Random) -> Item:
        """`depth` float32 (1, H, W), metres at the canonical focal length, 0 = none; `kind` ()."""
        del random
        metres = sample.maps['depth'].astype(np.float32) / 1000
        canonical = metres * np.float32(recipe.focal_length / sample.focal_length)
        return {'depth': torch.from_numpy(canonical)[None], 'kind': torch.tensor(sample.kind)}

    return Task(
        recipe=recipe,
        network=network,
        target=target,
        answer=lambda prepared, batch: prepared(batch['image'], _prompt_rows(batch['kind'])),
        loss=lambda depth, batch: log_depth_loss(depth, batch['depth']),
        validate=validate,
        maps=('depth',),
    )


def _prompt_rows(kinds: Tensor) -> Tensor | None:
    """Tell the network the kind of scene in half of the steps, the mean of all in the others.

    The mean is what a robot that knows nothing of its surroundings is run with.
    """
    return kinds if torch.rand(()) < 0.5 else None


@torch.inference_mode()
def validate(network: nn.Module, pictures: Dataset[Item], batch: int) -> dict[str, float]:
    """Return mean absolute relative errors over pictures, as they stand and median-scaled."""
    metric: list[float] = []
    scaled: list[float] = []
    for items in DataLoader(pictures, batch_size=batch):
        answers = network(items['image'], None)
        for depth, truth in zip(answers, items['depth'], strict=True):
            known = truth > 0
            if known.any():
                p, g = depth[known], truth[known]
                metric.append(((p - g).abs() / g).mean().item())
                p = p * (g.median() / p.median())
                scaled.append(((p - g).abs() / g).mean().item())
    return {
        'abs_rel_metric': sum(metric) / len(metric),
        'abs_rel_median_scaled': sum(scaled) / len(scaled),
    }
