# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The small default segmentation network: recipe, target, loss and scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from diffperc_ros.evaluation.metrics.segmentation import confusion_matrix, segmentation_metrics
from diffperc_ros.networks.configuration import (
    ClassPromptConfig,
    SemanticFPNHeadConfig,
    VPDSegmentationConfig,
)
from diffperc_ros.networks.vpd import VPDSegmentation
from diffperc_ros.scenes.classes import CLASSES
from diffperc_ros.training.data.augment import Random, Sample
from diffperc_ros.training.data.dataset import Item
from diffperc_ros.training.losses.published import segmentation_loss
from diffperc_ros.training.recipe import SMALL_BACKBONE, Recipe, Stage
from diffperc_ros.training.task import Task, start_encoder, start_from
from diffperc_ros.training.word_vectors import distil


@dataclass(frozen=True, kw_only=True)
class SegmentationRecipe(Recipe):
    """Everything that decides a segmentation training run but the data and the start.

    Parameters
    ----------
    network : architecture; its classes are CLASSES.
    class_weights : what a pixel of each class counts in the loss.
    """

    network: VPDSegmentationConfig
    class_weights: tuple[float, ...]


SMALL_INDOOR_SEGMENTATION = SegmentationRecipe(
    network=VPDSegmentationConfig(
        backbone=SMALL_BACKBONE,
        prompt=ClassPromptConfig(classes=len(CLASSES), adapter_scale=0.1),
        attention_map_levels=(1, 2),
        head=SemanticFPNHeadConfig(pyramid_channels=64, channels=64),
    ),
    stages=(
        # The first stages need few shards, so that training can begin while others are rendered.
        Stage(192, 128, 16, 300, 1e-3, 1e-3, shards=2),
        Stage(192, 128, 16, 400, 1e-3, 1e-3, shards=5),
        Stage(192, 128, 16, 500, 1e-3, 8e-4, shards=10),
        Stage(256, 192, 12, 600, 8e-4, 5e-4, shards=12),
        Stage(256, 192, 12, 800, 5e-4, 1e-5, shards=16),
    ),
    warmup_steps=100,
    # The inverse root of how often a class is seen (1 % person, 30 % wall): rare ones matter too.
    class_weights=(0.75, 0.6, 1.6, 1.9, 1.9, 1.2, 1.4, 1.7, 1.4, 1.1, 3.0, 1.0),
)


def segmentation_task(
    recipe: SegmentationRecipe,
    encoder: Path | None = None,
    imagenet: dict[str, Tensor] | None = None,
    start: Path | None = None,
) -> Task[Tensor]:
    """Return the task of a segmentation recipe.

    Parameters
    ----------
    recipe : network and rates.
    encoder : folder of the sentence encoder that the names of the classes are told with; None
        starts from random vectors.
    imagenet : state dict of the encoder's ImageNet weights; None starts from random ones.
    start : weights of a small network whose encoder, U-Net and text adapter this one starts from.
    """
    torch.manual_seed(recipe.seed)
    network = VPDSegmentation(recipe.network)
    start_encoder(network, recipe, imagenet)
    if encoder is not None:
        network.prompt.class_embeddings.copy_(class_vectors(encoder, recipe))
    if start is not None:
        start_from(network, start)

    return Task(
        recipe=recipe,
        network=network,
        target=_target,
        answer=lambda prepared, batch: prepared(batch['image']),
        loss=lambda logits, batch: segmentation_loss(
            logits, batch['label'], class_weights=recipe.class_weights
        ),
        validate=validate,
        maps=('label',),
    )


def class_vectors(encoder: Path, recipe: SegmentationRecipe) -> Tensor:
    """Return what a sentence encoder says to the names of the classes, (classes, dim)."""
    dim = recipe.network.backbone.unet.cross_attention_dim
    tokenizer, vectors = distil(encoder, dim)
    rows = [tokenizer.token_to_id(name) for name in CLASSES]
    return vectors[rows]


def _target(sample: Sample, random: Random) -> Item:
    """`label` int64 (H, W), class of CLASSES, 255 = nothing is to be learnt there."""
    del random
    # 0, which is nothing, becomes 255, which no loss and no metric counts.
    label = (sample.maps['label'] - np.uint8(1)).astype(np.int64)
    return {'label': torch.from_numpy(label)}


@torch.inference_mode()
def validate(network: nn.Module, pictures: Dataset[Item], batch: int) -> dict[str, float]:
    """Return mean IoU, pixel accuracy and each class's IoU over pictures."""
    confusion = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    for items in DataLoader(pictures, batch_size=batch):
        found = network(items['image']).argmax(dim=1)
        confusion += confusion_matrix(found.numpy(), items['label'].numpy(), len(CLASSES))
    metrics = segmentation_metrics(confusion)
    return {
        'mean_iou': metrics.mean_iou,
        'pixel_accuracy': metrics.pixel_accuracy,
        **{f'iou_{name}': iou for name, iou in zip(CLASSES, metrics.iou, strict=True)},
    }
