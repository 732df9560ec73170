# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from diffperc_ros.training.data.augment import augment_keeping_colours
from diffperc_ros.training.data.cells import UNTOLD
from diffperc_ros.training.data.dataset import Shard
from diffperc_ros.training.data.phrases import PhraseTarget


def words(tokenizer: Tokenizer, numbers: Tensor) -> str:
    return ' '.join(tokenizer.id_to_token(int(n)) for n in numbers if n)


def test_masks_are_what_the_words_mean(shard_with_words: Shard, tokenizer: Tokenizer) -> None:
    target = PhraseTarget(tokenizer, tokens=12, phrases=6)
    said = set()
    for seed in range(80):
        random = np.random.default_rng(seed)
        sample = augment_keeping_colours(shard_with_words[seed % 8], (64, 64), random)
        item = target(sample, random)
        assert item['tokens'].shape == (6, 12)
        mugs = torch.from_numpy(sample.maps['instance'] == 2)
        for tokens, mask, parts in zip(item['tokens'], item['mask'], item['parts'], strict=True):
            phrase = words(tokenizer, tokens)
            said.add(phrase)
            if phrase in {'mug', 'the mug'}:
                assert torch.equal(mask.bool(), mugs)
                noun, colour, anchor = parts
                assert torch.equal(noun == 1, mugs[4::8, 4::8])
                assert (colour == UNTOLD).all()
                assert (anchor == UNTOLD).all()
            if phrase == '':
                assert not mask.any()
        for number in range(int(item['instances'].max()) + 1):
            assert (
                len(np.unique(sample.maps['instance'][item['instances'].numpy() == number])) == 1
            )
    assert {'mug', 'ball', 'floor', ''} <= said | {''}


def test_left_and_right_follow_the_mirror(shard_with_words: Shard, tokenizer: Tokenizer) -> None:
    """The mug is left of the ball in every stored picture and right of it in mirrored ones."""
    target = PhraseTarget(tokenizer, tokens=12, phrases=8)
    sides: dict[str, set[bool]] = {'left': set(), 'right': set()}
    for seed in range(300):
        random = np.random.default_rng(seed)
        sample = augment_keeping_colours(shard_with_words[seed % 8], (64, 64), random)
        item = target(sample, random)
        columns = [
            np.nonzero((sample.maps['instance'] == number).any(axis=0))[0].mean()
            for number in (2, 3)
            if (sample.maps['instance'] == number).any()
        ]
        for tokens, mask in zip(item['tokens'], item['mask'], strict=True):
            phrase = words(tokenizer, tokens)
            for side, found in sides.items():
                if phrase.endswith(f'mug {side} of the ball') and mask.any():
                    found.add(bool(columns[0] < columns[1]))
    assert sides == {'left': {True}, 'right': {False}}
