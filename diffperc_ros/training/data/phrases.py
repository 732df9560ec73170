# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Phrases to learn from: drawn anew whenever a picture is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from diffperc_ros.scenes.expressions.generate import Expression, Shares, draw_expressions
from diffperc_ros.scenes.expressions.view import seen_in
from diffperc_ros.training.data.augment import Random, Sample
from diffperc_ros.training.data.cells import middles
from diffperc_ros.training.data.dataset import Item
from diffperc_ros.training.data.names import name_target
from diffperc_ros.training.data.parts import part_truths
from diffperc_ros.training.data.spoken import spoken_parts
from diffperc_ros.training.word_vectors import padded

TRAINED_SHARES: Shares = {
    'name': 0.08,
    'colour': 0.30,
    'order': 0.25,
    'relation': 0.22,
    'kind': 0.03,
    'absent_name': 0.03,
    'absent_colour': 0.07,
    'absent_place': 0.02,
}
"""How often each form of phrase is tried: colours, and what is not there in them, more often than
they are examined, since a network finds out late that "red" in "the red sofa" matters."""


@dataclass(frozen=True)
class PhraseTarget:
    """Phrases about a picture, and where what they mean is seen.

    Gives `tokens` int64 (P, tokens); `spoken` int64 (P, tokens), the part that each says; `mask`
    int64 (P, H, W); `parts` int8 (P, parts, H/8, W/8): 1 where that part is true, 0 where it is
    not, UNTOLD where it is not said or unclear; `instances` int64 (H, W), things numbered from 0;
    and what `name_target` gives. Where a picture does not allow for P phrases, the others are
    empty and mean nothing.

    Parameters
    ----------
    tokenizer : of the phrases.
    tokens, phrases : how many.
    held_out : whether all phrases say a combination that is never trained, or none does.
    """

    tokenizer: Tokenizer
    tokens: int
    phrases: int
    held_out: bool = False

    def __call__(self, sample: Sample, random: Random) -> Item:
        """Draw phrases for the picture as it is after augmentation."""
        instances = sample.maps['instance']
        view = seen_in(instances, sample.objects)
        found = draw_expressions(
            view, random, self.phrases, held_out=self.held_out, shares=TRAINED_SHARES
        )
        found += [Expression('', (), 'empty')] * (self.phrases - len(found))
        numbers = [padded(self.tokenizer, entry.phrase, self.tokens) for entry in found]
        spoken = [spoken_parts(self.tokenizer, entry, self.tokens) for entry in found]
        masks = np.stack([mask_of(instances, entry) for entry in found])
        cells = middles(instances)
        parts = np.stack(
            [part_truths(entry.meaning, view, instances.max())[:, cells] for entry in found]
        )
        _, things = np.unique(instances, return_inverse=True)
        return {
            'tokens': torch.tensor(numbers),
            'spoken': torch.tensor(spoken),
            'mask': torch.from_numpy(masks.astype(np.int64)),
            'parts': torch.from_numpy(parts),
            'instances': torch.from_numpy(things.reshape(instances.shape)),
            **name_target(sample, random),
        }


def mask_of(instances: NDArray[np.uint16], expression: Expression) -> NDArray[np.bool_]:
    """Return where in an instance map the things that a phrase denotes are seen."""
    return np.isin(instances, expression.instances)
