# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Command: train the small default depth network.

python -m diffperc_ros.training.train_depth --data SHARDS --output FOLDER
"""

from __future__ import annotations

from typing import Annotated

import torch
import typer

from diffperc_ros.training.command_options import Data, Output, Threads, Workers
from diffperc_ros.training.imagenet import imagenet_weights
from diffperc_ros.training.loop import train
from diffperc_ros.training.recipes.depth import SMALL_INDOOR, depth_task


def main(
    data: Data,
    output: Output,
    threads: Threads = 2,
    workers: Workers = 1,
    random_encoder: Annotated[
        bool, typer.Option(help='Start without ImageNet weights, to measure what they bring.')
    ] = False,
) -> None:
    """Train the recipe of the small default depth bundle; goes on where it was cut."""
    torch.set_num_threads(threads)
    weights = None if random_encoder else imagenet_weights()
    task = depth_task(SMALL_INDOOR, weights)
    print(train(task, data, output, workers=workers))  # noqa: T201


if __name__ == '__main__':
    typer.run(main)
