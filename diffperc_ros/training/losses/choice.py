# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Loss of choosing the wrong thing, however large or small it is."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def choice_loss(scores: Tensor, masks: Tensor, instances: Tensor) -> Tensor:
    """Return the cross-entropy of choosing what is meant among all things, or nothing.

    A thing's score is the mean of its pixels' scores; that of nothing is 0. Where several things
    are meant, each is chosen among itself, nothing, and what is not meant.

    Parameters
    ----------
    scores : logits (B, P, H, W).
    masks : (B, P, H, W), 1 where what a phrase means is seen; whole things.
    instances : int64 (B, H, W), the thing that a pixel shows, numbered from 0.
    """
    batch, phrases = scores.shape[:2]
    count = int(instances.max()) + 1
    thing = instances.flatten(1)[:, None].expand(-1, phrases, -1)

    def sums(values: Tensor) -> Tensor:
        empty = scores.new_zeros((batch, phrases, count))
        return empty.scatter_add(2, thing, values.to(scores.dtype).flatten(2))

    pixels = sums(torch.ones_like(scores))
    seen = pixels > 0
    each = sums(scores) / pixels.clamp_min(1)
    meant = sums(masks) > 0.5 * pixels
    nothing = scores.new_zeros((batch, phrases, 1))
    others = torch.cat((each.masked_fill(meant | ~seen, -torch.inf), nothing), dim=2)
    rest = others.logsumexp(dim=2)
    missed = functional.softplus(rest[..., None] - each)
    chosen = (missed * meant).sum(dim=2) / meant.sum(dim=2).clamp_min(1)
    return torch.where(meant.any(dim=2), chosen, rest).mean()
