# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The training loop of every task: stages, running average, resumable checkpoints."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from rich.console import Console
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader, RandomSampler

from diffperc_ros.networks.encoders.efficientnet_lite import EfficientNetLiteEncoder
from diffperc_ros.networks.factory import save
from diffperc_ros.training.data.dataset import Item, training_shards, validation_shards, wait_for
from diffperc_ros.training.recipe import Recipe, Stage
from diffperc_ros.training.task import Task

CHECKPOINT = 'checkpoint.pt'
WEIGHTS = 'network.safetensors'
SHARD_WAIT_S = 3600.0


def train(
    task: Task[Any],
    data: Path,
    output: Path,
    *,
    workers: int = 1,
    report_every: int = 50,
    save_every: int = 200,
    validation: Path | None = None,
) -> Path:
    """Train a task's network and return the file of its averaged weights.

    A run that was cut goes on from its last checkpoint in `output`.

    Parameters
    ----------
    task : what to train, and how.
    data : folder of shards; shards that a stage needs are waited for.
    output : folder for checkpoint, weights and log.jsonl.
    workers : processes that prepare pictures.
    report_every, save_every : steps.
    validation : shard that is never trained on; None takes the first one that `data` keeps back.
    """
    output.mkdir(parents=True, exist_ok=True)
    recipe = task.recipe
    accelerator = Accelerator(mixed_precision='bf16')
    console = Console()
    torch.manual_seed(recipe.seed)
    network = _training_mode(task.network)
    optimizer = torch.optim.AdamW(_parameter_groups(network, recipe), betas=(0.9, 0.98))
    prepared, optimizer = accelerator.prepare(network, optimizer)
    average = AveragedModel(
        network, multi_avg_fn=_running_average(recipe.average_decay), use_buffers=True
    )
    held_out = validation or validation_shards(data, 1)[0]
    first_stage, first_step = _resume(output, network, optimizer, average)
    for number in range(first_stage, len(recipe.stages)):
        stage = recipe.stages[number]
        start = first_step if number == first_stage else 0
        batches = _batches(task, stage, number, start, data, workers)
        losses: list[float] = []
        for step in range(start, stage.steps):
            _set_rates(optimizer, recipe, stage, step, warm_up=number == 0)
            batch = next(batches)
            batch['image'] = batch['image'].contiguous(memory_format=torch.channels_last)
            with accelerator.autocast():
                answer = task.answer(prepared, batch)
            loss = task.loss(answer, batch)
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
                if held_out.is_dir():
                    pictures = task.held_out([held_out], (stage.width, stage.height))
                    average.module.eval()
                    entry.update(task.validate(average.module, pictures, stage.batch))
                console.print(entry)
                with (output / 'log.jsonl').open('a') as log:
                    log.write(json.dumps(entry) + '\n')
    (output / 'recipe.json').write_text(json.dumps(asdict(recipe), indent=1))
    return output / WEIGHTS


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


def _training_mode(network: nn.Module) -> nn.Module:
    """Train, with the encoder's batch statistics kept as photographs left them."""
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    network.train()
    for module in network.modules():
        if isinstance(module, EfficientNetLiteEncoder):
            module.eval()
    return network


def _parameter_groups(network: nn.Module, recipe: Recipe) -> list[dict[str, object]]:
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            key = ('backbone.encoder.features' in name, parameter.ndim > 1)
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
    recipe: Recipe,
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


def _batches(
    task: Task[Any], stage: Stage, number: int, start: int, data: Path, workers: int
) -> Iterator[Item]:
    shards = training_shards(data, stage.shards)
    wait_for(shards, SHARD_WAIT_S)
    epoch = 0
    done = 0
    while True:
        seed = (task.recipe.seed * 101 + number) * 10_007 + epoch
        pictures = task.pictures(shards, (stage.width, stage.height), seed)
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
    network: nn.Module,
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
    network: nn.Module,
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
