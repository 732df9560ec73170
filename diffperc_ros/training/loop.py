# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The training loop: stages, running average, resumable checkpoints."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import Accelerator
from rich.console import Console
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader, RandomSampler

from diffperc_ros.networks.encoders.efficientnet_lite import EfficientNetLiteEncoder
from diffperc_ros.networks.factory import build, save
from diffperc_ros.networks.vpd import VPDDepth
from diffperc_ros.training.augment import augment
from diffperc_ros.training.dataset import (
    RenderedDepth,
    training_shards,
    validation_shards,
    wait_for,
)
from diffperc_ros.training.log_depth_loss import log_depth_loss
from diffperc_ros.training.recipe import DepthRecipe, Stage
from diffperc_ros.training.validate import validate

CHECKPOINT = 'checkpoint.pt'
WEIGHTS = 'network.safetensors'
SHARD_WAIT_S = 3600.0


def train_depth(
    recipe: DepthRecipe,
    data: Path,
    output: Path,
    imagenet: dict[str, Tensor] | None = None,
    *,
    workers: int = 1,
    report_every: int = 50,
    save_every: int = 200,
) -> Path:
    """Train a depth network and return the file of its averaged weights.

    A run that was cut goes on from its last checkpoint in `output`.

    Parameters
    ----------
    recipe : what to train, and how.
    data : folder of shards; shards that a stage needs are waited for.
    output : folder for checkpoint, weights and log.jsonl.
    imagenet : state dict of the encoder's ImageNet weights; None starts from random ones.
    workers : processes that prepare pictures.
    report_every, save_every : steps.
    """
    output.mkdir(parents=True, exist_ok=True)
    accelerator = Accelerator(mixed_precision='bf16')
    console = Console()
    torch.manual_seed(recipe.seed)
    network = _network(recipe, imagenet)
    optimizer = torch.optim.AdamW(_parameter_groups(network, recipe), betas=(0.9, 0.98))
    prepared, optimizer = accelerator.prepare(network, optimizer)
    average = AveragedModel(
        network, multi_avg_fn=_running_average(recipe.average_decay), use_buffers=True
    )
    first_stage, first_step = _resume(output, network, optimizer, average)
    for number in range(first_stage, len(recipe.stages)):
        stage = recipe.stages[number]
        start = first_step if number == first_stage else 0
        batches = _batches(recipe, stage, number, start, data, workers)
        losses: list[float] = []
        for step in range(start, stage.steps):
            _set_rates(optimizer, recipe, stage, step, warm_up=number == 0)
            batch = next(batches)
            with accelerator.autocast():
                depth = prepared(
                    batch['image'].contiguous(memory_format=torch.channels_last),
                    _prompt_rows(batch['kind']),
                )
            loss = log_depth_loss(depth.float(), batch['depth'])
            if not torch.isfinite(loss):
                raise FloatingPointError(f'loss is {loss.item()} at stage {number} step {step}')
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            optimizer.zero_grad()
            average.update_parameters(network)
            losses.append(loss.item())
            done = step + 1
            if done % report_every == 0:
                mean = sum(losses) / len(losses)
                console.print(f'stage {number} step {done}/{stage.steps} loss {mean:.4f}')
                losses.clear()
            if done % save_every == 0 or done == stage.steps:
                _save(output, network, optimizer, average, number, done)
                entry: dict[str, float] = {'stage': number, 'step': done}
                held_out = validation_shards(data, 1)
                if held_out[0].is_dir():
                    scores = RenderedDepth(
                        held_out, (stage.width, stage.height), recipe.focal_length
                    )
                    entry.update(validate(average.module, scores, stage.batch))
                console.print(entry)
                with (output / 'log.jsonl').open('a') as log:
                    log.write(json.dumps(entry) + '\n')
    (output / 'recipe.json').write_text(json.dumps(asdict(recipe), indent=1))
    return output / WEIGHTS


def _network(recipe: DepthRecipe, imagenet: dict[str, Tensor] | None) -> VPDDepth:
    network = build(recipe.network)
    if not isinstance(network, VPDDepth):
        raise TypeError(f'this loop trains depth networks, not {type(network).__name__}')
    encoder = network.backbone.encoder
    if isinstance(encoder, EfficientNetLiteEncoder):
        if imagenet is not None:
            encoder.features.load_imagenet(imagenet)
        features = encoder.features
        for module in (
            features._conv_stem,
            features._bn0,
            *features._blocks[: recipe.frozen_blocks],
        ):
            module.requires_grad_(False)
    share = recipe.initial_depth / recipe.network.head.max_depth
    last = network.head.last_layer[-1]
    nn.init.constant_(last.bias, math.log(share / (1 - share)))  # type: ignore[arg-type]
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return _training_mode(network)


def _running_average(decay: float) -> Callable[..., None]:
    """Return an exponential average, short at first so that it forgets the random start."""

    def update(averages: list[Tensor], values: list[Tensor], count: Tensor) -> None:
        share = 1 - min(decay, (1 + int(count)) / (10 + int(count)))
        for average, value in zip(averages, values, strict=True):
            if average.is_floating_point():
                average.lerp_(value, share)
            else:
                average.copy_(value)

    return update


def _training_mode(network: VPDDepth) -> VPDDepth:
    """Train, with the encoder's batch statistics kept as photographs left them."""
    network.train()
    network.backbone.encoder.eval()
    return network


def _parameter_groups(network: VPDDepth, recipe: DepthRecipe) -> list[dict[str, object]]:
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            key = (name.startswith('backbone.encoder.features'), parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    return [
        {
            'params': parameters,
            'factor': recipe.encoder_rate if in_encoder else 1.0,
            'weight_decay': recipe.weight_decay if is_matrix else 0.0,
        }
        for (in_encoder, is_matrix), parameters in groups.items()
    ]


def _set_rates(
    optimizer: torch.optim.Optimizer,
    recipe: DepthRecipe,
    stage: Stage,
    step: int,
    *,
    warm_up: bool,
) -> None:
    cosine = 0.5 * (1 + math.cos(math.pi * step / stage.steps))
    rate = stage.final_learning_rate + cosine * (stage.learning_rate - stage.final_learning_rate)
    if warm_up:
        rate *= min(1.0, (step + 1) / recipe.warmup_steps)
    for group in optimizer.param_groups:
        group['lr'] = rate * group['factor']


def _prompt_rows(kinds: Tensor) -> Tensor | None:
    """Tell the network the kind of scene in half of the steps, the mean of all in the others.

    The mean is what a robot that knows nothing of its surroundings is run with.
    """
    return kinds if torch.rand(()) < 0.5 else None


def _batches(
    recipe: DepthRecipe, stage: Stage, number: int, start: int, data: Path, workers: int
) -> Iterator[dict[str, Tensor]]:
    shards = training_shards(data, stage.shards)
    wait_for(shards, SHARD_WAIT_S)
    epoch = 0
    done = 0
    while True:
        seed = (recipe.seed * 101 + number) * 10_007 + epoch
        pictures = RenderedDepth(
            shards, (stage.width, stage.height), recipe.focal_length, augment, seed
        )
        order = list(RandomSampler(pictures, generator=torch.Generator().manual_seed(seed)))
        steps = len(order) // stage.batch
        skipped = max(0, min(start - done, steps))
        indices = order[skipped * stage.batch : steps * stage.batch]
        done += steps
        epoch += 1
        if not indices:
            continue
        yield from DataLoader(
            pictures,
            batch_size=stage.batch,
            sampler=indices,
            num_workers=workers,
            persistent_workers=False,
        )


def _save(
    output: Path,
    network: VPDDepth,
    optimizer: torch.optim.Optimizer,
    average: AveragedModel,
    stage: int,
    step: int,
) -> None:
    temporary = output / f'.{CHECKPOINT}'
    torch.save(
        {
            'network': network.state_dict(),
            'optimizer': optimizer.state_dict(),
            'average': average.state_dict(),
            'stage': stage,
            'step': step,
        },
        temporary,
    )
    temporary.replace(output / CHECKPOINT)
    save(average.module, output / WEIGHTS)


def _resume(
    output: Path,
    network: VPDDepth,
    optimizer: torch.optim.Optimizer,
    average: AveragedModel,
) -> tuple[int, int]:
    file = output / CHECKPOINT
    if not file.is_file():
        return 0, 0
    state = torch.load(file, weights_only=True)
    network.load_state_dict(state['network'])
    optimizer.load_state_dict(state['optimizer'])
    average.load_state_dict(state['average'])
    return state['stage'], state['step']
