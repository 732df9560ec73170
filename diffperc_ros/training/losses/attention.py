# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Loss of attention that looks for a word elsewhere than where it is true."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from diffperc_ros.training.data.cells import UNTOLD

_LEAST = 1e-4
"""Of a share of attention, so that its logarithm is finite."""


def attention_loss(maps: Tensor, spoken: Tensor, truths: Tensor) -> Tensor:
    """Return the cross-entropy between where words are looked for and where they are true.

    A cell should look at the words that are true there, at each of them alike, and where none is
    true, at anything else. Cells with and without a true word weigh the same, as do all phrases.

    Parameters
    ----------
    maps : (N, tokens, h, w), shares of attention; every cell's sum is 1.
    spoken : int64 (N, tokens), the part that a token says, or UNSPOKEN.
    truths : (N, parts, h, w): 1 true, 0 false, UNTOLD. A cell of which a spoken part is not told
        does not count.
    """
    parts = truths.shape[1]
    # One more column for tokens that say nothing; UNSPOKEN is -1.
    groups = functional.one_hot(spoken % (parts + 1), parts + 1).to(maps.dtype)
    shares = torch.einsum('ntp,nthw->nphw', groups, maps).clamp_min(_LEAST)
    is_said = groups[:, :, :parts].bool().any(dim=1)[:, :, None, None]
    clear = ((truths != UNTOLD) | ~is_said).all(dim=1)
    true = (truths == 1) & is_said
    several = true.sum(dim=1)
    wanted = true / several.clamp_min(1)[:, None]
    losses = -(wanted * shares[:, :parts].log()).sum(dim=1)
    losses = torch.where(several > 0, losses, -shares[:, parts].log())
    return _mean(losses, clear & (several > 0)) + _mean(losses, clear & (several == 0))


def _mean(losses: Tensor, counted: Tensor) -> Tensor:
    """Return the mean over phrases of the mean over their cells (N, h, w) that count."""
    cells = counted.flatten(1).sum(dim=1)
    sums = (losses * counted).flatten(1).sum(dim=1)
    return (sums / cells.clamp_min(1)).sum() / (cells > 0).sum().clamp_min(1)
