# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Command: what each branch of IEDP brings, on tiny procedural pictures.

python -m diffperc_ros.training.ablate_iedp --steps 200 --seeds 3

It shows that the joint training works and how its rows are to be read; what it says about IEDP on
real pictures is nothing: tiny random networks, made-up shapes, random CLIP weights.
"""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table
from torch import Tensor

from diffperc_ros.evaluation.metrics.segmentation import confusion_matrix, segmentation_metrics
from diffperc_ros.networks.configuration import (
    AutoencoderKLConfig,
    SemanticFPNHeadConfig,
    UNetConfig,
)
from diffperc_ros.networks.iedp import IEDPSegmentation
from diffperc_ros.networks.iedp_configuration import (
    IEDP_BACKBONE,
    CLIPImageConfig,
    IEDPSegmentationConfig,
    ImplicitPromptConfig,
)
from diffperc_ros.training.iedp.configuration import SEGMENTATION, ExplicitPromptConfig
from diffperc_ros.training.iedp.explicit_prompt import ClassSlots
from diffperc_ros.training.iedp.step import JointTraining, iedp_groups, joint_step
from diffperc_ros.training.losses.published import segmentation_loss

CLASSES = 5
SIDE = 64
DIM = 16
BATCH = 8
TEST_PICTURES = 64
ROWS = {
    'implicit only': (0.0, False),
    'both branches': (1.0, False),
    'explicit only, told the labels in the test too: an upper bound, no result': (1.0, True),
}
"""Row -> weight of the explicit loss; whether the explicit branch alone is trained and asked."""

NETWORK = IEDPSegmentationConfig(
    backbone=replace(
        IEDP_BACKBONE,
        encoder=AutoencoderKLConfig((8, 16, 16, 16), layers_per_block=1, norm_num_groups=4),
        unet=UNetConfig(
            block_out_channels=(16, 24, 32, 32),
            layers_per_block=1,
            attention_heads=4,
            cross_attention_dim=DIM,
            norm_num_groups=8,
        ),
        taps=(1, 1, 1, 1),
    ),
    clip_image=CLIPImageConfig(
        'random', image_size=28, patch_size=7, hidden_size=32, layers=2, heads=4, mlp_size=64
    ),
    prompt=ImplicitPromptConfig(queries=CLASSES, heads=4),
    classes=CLASSES,
    head=SemanticFPNHeadConfig(pyramid_channels=16, channels=16, dropout=0.0),
)


def pictures(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return pictures (B, 3, 64, 64) in [0, 1] and their label maps int64 (B, 64, 64).

    A bright square and a dark one stand in each; which classes they are (1 and 2, or 3 and 4)
    depends on the red or blue mark in a corner, so on the picture as a whole.
    """
    images = torch.full((count, 3, SIDE, SIDE), 0.5)
    images += 0.1 * torch.randn(images.shape, generator=generator)
    labels = torch.zeros((count, SIDE, SIDE), dtype=torch.int64)
    for image, label in zip(images, labels, strict=True):
        kind = int(torch.randint(2, (1,), generator=generator))
        image[0 if kind else 2, :8, :8] = 1.0
        for square, brightness in enumerate((0.9, 0.1)):
            left, top = torch.randint(8, SIDE - 24, (2,), generator=generator).tolist()
            image[:, top : top + 20, left : left + 20] += brightness - 0.5
            label[top : top + 20, left : left + 20] = 1 + square + 2 * kind
    return images.clamp(0, 1), labels


def train(explicit_weight: float, explicit_alone: bool, seed: int, steps: int) -> JointTraining:
    """Return a network after `steps` steps, in evaluation mode."""
    torch.manual_seed(seed)
    network = IEDPSegmentation(NETWORK)
    # A random autoencoder is no view of a picture, so it learns here.
    network.perception.backbone.encoder.requires_grad_(True)
    texts = torch.randn(CLASSES + 1, DIM)
    explicit = ClassSlots(ExplicitPromptConfig(), texts[1:], texts[0])
    config = replace(SEGMENTATION, lambda_explicit=explicit_weight, unet_rate_factor=1.0)
    training = JointTraining(network, explicit, config)
    groups = [group.for_optimizer(2e-3) for group in iedp_groups(training)]
    optimizer = torch.optim.AdamW(groups)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        images, labels = pictures(BATCH, generator)
        if explicit_alone:
            optimizer.zero_grad()
            loss = segmentation_loss(training.explicit_answer(images, labels), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        else:
            joint_step(training, optimizer, images, labels, labels, segmentation_loss)
    network.eval()
    explicit.eval()
    return training


@torch.no_grad()
def mean_iou(training: JointTraining, told_labels: bool) -> float:
    """Return the mean IoU over pictures that training never shows."""
    images, labels = pictures(TEST_PICTURES, torch.Generator().manual_seed(10**6))
    logits = training.explicit_answer(images, labels) if told_labels else training.network(images)
    confusion = confusion_matrix(logits.argmax(1).numpy(), labels.numpy(), CLASSES)
    return segmentation_metrics(confusion).mean_iou


def main(
    steps: Annotated[int, typer.Option(help='Optimizer steps of each run.')] = 200,
    seeds: Annotated[int, typer.Option(help='Runs of each row.')] = 3,
    threads: Annotated[int, typer.Option(help='CPU threads.')] = 2,
) -> None:
    """Train each row several times and print the mean IoU on pictures never shown."""
    torch.set_num_threads(threads)
    table = Table('trained and asked', 'mean IoU', 'lowest to highest')
    for row, (weight, explicit_alone) in ROWS.items():
        scores = [
            mean_iou(train(weight, explicit_alone, seed, steps), explicit_alone)
            for seed in range(seeds)
        ]
        spread = f'{min(scores):.3f} to {max(scores):.3f}'
        table.add_row(row, f'{statistics.mean(scores):.3f}', spread)
    Console().print(table)


if __name__ == '__main__':
    typer.run(main)
