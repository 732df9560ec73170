# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Shards with words, and a tokenizer for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from diffperc_ros.scenes.classes import stored_id
from diffperc_ros.scenes.objects import VisibleObject, write_objects
from diffperc_ros.training.data.dataset import Shard

PAINTS = {'red': (200, 20, 20), 'green': (20, 180, 30), 'white': (240, 240, 240)}
WIDTH, HEIGHT = 96, 72


def write_shard_with_words(folder: Path, number: int, pictures: int = 8) -> None:
    """Write pictures of grey floor with a mug and a ball of different colours on it."""
    random = np.random.default_rng(number)
    shard = folder / f'shard-{number:05d}'
    shard.mkdir(parents=True)
    colour = np.full((pictures, HEIGHT, WIDTH, 3), 120, np.uint8)
    label = np.full((pictures, HEIGHT, WIDTH), stored_id('floor'), np.uint8)
    label[:, :6] = 0
    instance = np.full((pictures, HEIGHT, WIDTH), 1, np.uint16)
    things = []
    for index in range(pictures):
        found = [_thing(1, 'floor', 'floor', None, (0, 0, WIDTH, HEIGHT))]
        paints = random.permutation(list(PAINTS))
        for number_of, name, left in ((2, 'mug', 20), (3, 'ball', 56)):
            top = int(random.integers(20, 40))
            box = (left, top, left + 18, top + 18)
            inside = (index, slice(top, top + 18), slice(left, left + 18))
            colour[inside] = PAINTS[paints[number_of - 2]]
            label[inside] = stored_id('object')
            instance[inside] = number_of
            found.append(_thing(number_of, 'object', name, str(paints[number_of - 2]), box))
        things.append(found)
    np.save(shard / 'colour.npy', colour)
    np.save(shard / 'label.npy', label)
    np.save(shard / 'instance.npy', instance)
    np.save(shard / 'depth.npy', np.full((pictures, HEIGHT, WIDTH), 2000, np.uint16))
    np.save(shard / 'focal.npy', np.full(pictures, WIDTH, np.float32))
    np.save(shard / 'kind.npy', np.zeros(pictures, np.int64))
    write_objects(shard / 'objects.jsonl', things)


def _thing(
    instance: int, label: str, name: str, colour: str | None, box: tuple[int, int, int, int]
) -> VisibleObject:
    middle = (box[0] + box[2]) / 2
    return VisibleObject(
        instance=instance,
        label=label,
        name=name,
        colour=colour,
        centre=((middle - WIDTH / 2) / WIDTH * 2, 0.0, 2.0),
        box=box,
        pixels=(box[2] - box[0]) * (box[3] - box[1]),
        size=(0.3, 0.3, 0.3),
        support=None,
        truncated=False,
        visible_share=1.0,
    )


@pytest.fixture(scope='session')
def shards_with_words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('words')
    for number in (0, 1, 15):
        write_shard_with_words(folder, number)
    return folder


@pytest.fixture(scope='session')
def shard_with_words(shards_with_words: Path) -> Shard:
    return Shard(shards_with_words / 'shard-00000', ('instance', 'label'), objects=True)


@pytest.fixture(scope='session')
def tokenizer() -> Tokenizer:
    """A number for every word that these shards can be spoken of with."""
    from diffperc_ros.scenes.colours import COLOURS
    from diffperc_ros.scenes.expressions.meaning import Noun
    from diffperc_ros.scenes.expressions.nouns import WORDS
    from diffperc_ros.scenes.expressions.wording import _ORDERS, _RELATIONS, plural

    sayings = [*WORDS, *(plural(Noun(word)) for word in WORDS), *COLOURS, 'the']
    sayings += [said for before, after in _ORDERS.values() for said in (*before, *after)]
    sayings += [said for group in _RELATIONS.values() for said in group]
    words = dict.fromkeys(word for saying in sayings for word in saying.split())
    numbers = {'[PAD]': 0, '[UNK]': 1, **{word: n for n, word in enumerate(words, 2)}}
    made = Tokenizer(WordLevel(numbers, unk_token='[UNK]'))
    made.pre_tokenizer = Whitespace()
    return made


@pytest.fixture(scope='session')
def vectors(tokenizer: Tokenizer) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn((tokenizer.get_vocab_size(), 12), generator=generator)
