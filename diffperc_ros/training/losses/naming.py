# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Loss and score of names and colours."""

from __future__ import annotations

import numpy as np
from torch import Tensor
from torch.nn import functional

from diffperc_ros.training.data.cells import UNTOLD
from diffperc_ros.training.data.dataset import Item
from diffperc_ros.training.data.names import NAMES


def naming_loss(logits: Tensor, batch: Item) -> Tensor:
    """Return the weighted cross-entropy of names plus that of colours.

    Parameters
    ----------
    logits : (B, names + colours, h, w).
    batch : what `name_target` gives.
    """
    total = logits.sum() * 0.0
    for key, part in _parts(logits).items():
        truth = batch[key]
        losses = functional.cross_entropy(part, truth, ignore_index=UNTOLD, reduction='none')
        weights = batch['weight'] * (truth != UNTOLD)
        total = total + (losses * weights).sum() / weights.sum().clamp_min(1e-6)
    return total


class RightlyNamed:
    """Counts the weighted share of cells whose name, and whose colour, is told rightly."""

    def __init__(self) -> None:
        self._right, self._told = np.zeros(2), np.zeros(2)

    def add(self, logits: Tensor, batch: Item) -> None:
        """Count the answer to one batch; shapes are those of `naming_loss`."""
        for row, (key, part) in enumerate(_parts(logits).items()):
            weights = batch['weight'] * (batch[key] != UNTOLD)
            self._right[row] += float((weights * (part.argmax(dim=1) == batch[key])).sum())
            self._told[row] += float(weights.sum())

    def scores(self) -> dict[str, float]:
        """Return `names_right` and `colours_right`, both in [0, 1]."""
        name, colour = self._right / np.maximum(self._told, 1e-6)
        return {'names_right': float(name), 'colours_right': float(colour)}


def _parts(logits: Tensor) -> dict[str, Tensor]:
    return {'name': logits[:, : len(NAMES)], 'colour': logits[:, len(NAMES) :]}
