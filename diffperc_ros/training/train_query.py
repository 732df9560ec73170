# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Command: train the small default query network.

python -m diffperc_ros.training.train_query --data SHARDS --start WEIGHTS --encoder WEIGHTS \
    --output FOLDER
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer

from diffperc_ros.training.command_options import Data, Output, Threads, Validation, Workers
from diffperc_ros.training.imagenet import imagenet_weights
from diffperc_ros.training.loop import train
from diffperc_ros.training.recipes.query import SMALL_INDOOR_QUERY, query_task
from diffperc_ros.training.word_vectors import distil, model_folder

TOKENIZER = 'tokenizer.json'


def main(
    data: Data,
    output: Output,
    start: Annotated[
        Path | None, typer.Option(help='network.safetensors of a run of train_segmentation.')
    ] = None,
    encoder: Annotated[
        Path | None, typer.Option(help='network.safetensors of a run of train_naming.')
    ] = None,
    validation: Validation = None,
    threads: Threads = 2,
    workers: Workers = 1,
) -> None:
    """Train the recipe of the default query bundle; goes on where it was cut."""
    torch.set_num_threads(threads)
    tokenizer, vectors = distil(model_folder(), SMALL_INDOOR_QUERY.text.vector)
    output.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(output / TOKENIZER))
    task = query_task(SMALL_INDOOR_QUERY, tokenizer, vectors, imagenet_weights(), start, encoder)
    print(train(task, data, output, workers=workers, validation=validation))  # noqa: T201


if __name__ == '__main__':
    typer.run(main)
