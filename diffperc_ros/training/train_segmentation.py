# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Command: train the small default segmentation network.

python -m diffperc_ros.training.train_segmentation --data SHARDS --start WEIGHTS --output FOLDER
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer

from diffperc_ros.training.command_options import Data, Output, Threads, Validation, Workers
from diffperc_ros.training.imagenet import imagenet_weights
from diffperc_ros.training.loop import train
from diffperc_ros.training.recipes.segmentation import SMALL_INDOOR_SEGMENTATION, segmentation_task
from diffperc_ros.training.word_vectors import model_folder


def main(
    data: Data,
    output: Output,
    start: Annotated[
        Path | None, typer.Option(help='network.safetensors of a run of train_depth.')
    ] = None,
    validation: Validation = None,
    threads: Threads = 2,
    workers: Workers = 1,
) -> None:
    """Train the recipe of the default segmentation bundle; goes on where it was cut."""
    torch.set_num_threads(threads)
    task = segmentation_task(SMALL_INDOOR_SEGMENTATION, model_folder(), imagenet_weights(), start)
    print(train(task, data, output, workers=workers, validation=validation))  # noqa: T201


if __name__ == '__main__':
    typer.run(main)
