# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from torch import Tensor
from training.tiny import QUERY

from diffperc_ros.training.data.augment import augment_keeping_colours
from diffperc_ros.training.data.cells import UNTOLD
from diffperc_ros.training.data.dataset import Shard
from diffperc_ros.training.data.parts import PARTS
from diffperc_ros.training.loop import train
from diffperc_ros.training.recipe import Stage
from diffperc_ros.training.recipes.query import (
    PhraseTarget,
    QueryNetwork,
    query_loss,
    query_task,
)
from diffperc_ros.training.task import Task


@pytest.fixture
def task(tokenizer: Tokenizer, vectors: Tensor) -> Task:
    return query_task(QUERY, tokenizer, vectors)


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


def test_sharing_the_encoder_changes_nothing(tokenizer: Tokenizer, vectors: Tensor) -> None:
    torch.manual_seed(0)
    recipe = replace(QUERY, text=replace(QUERY.text, vocabulary=len(vectors)))
    network = QueryNetwork(recipe).eval()
    network.text.load_vectors(vectors)
    image, tokens = torch.rand(2, 3, 64, 128), torch.randint(2, 40, (2, 3, 12))
    with torch.inference_mode():
        together = network(image, tokens)[:, :, :2]
        for picture in range(2):
            for phrase in range(3):
                context = network.text(tokens[picture, phrase][None])
                alone = network.vision(image[picture][None], context)
                torch.testing.assert_close(together[picture, phrase][None], alone)


def test_a_perfect_answer_costs_next_to_nothing() -> None:
    mask = torch.zeros((1, 2, 8, 8), dtype=torch.int64)
    mask[0, 0, 2:5, 2:5] = 1
    mask = mask.repeat_interleave(8, dim=2).repeat_interleave(8, dim=3)
    parts = mask[:, :, None, ::8, ::8].repeat(1, 1, len(PARTS), 1, 1)
    seen = torch.stack((1 - mask, *[mask] * (1 + len(PARTS))), dim=2)
    right = seen.float() * 40 - 20
    batch = {'mask': mask, 'parts': parts}
    assert query_loss(right, batch).item() < 1e-3
    assert query_loss(-right, batch).item() > 10
    wrong_parts = torch.cat((right[:, :, :2], -right[:, :, 2:]), dim=2)
    assert query_loss(wrong_parts, batch).item() > 10


def test_a_run_learns_and_goes_on(
    task: Task, shards_with_words: Path, tmp_path: Path, tokenizer: Tokenizer, vectors: Tensor
) -> None:
    train(task, shards_with_words, tmp_path, workers=0, report_every=100, save_every=3)
    longer = replace(QUERY, stages=(*QUERY.stages, Stage(64, 64, 2, 20, 3e-3, 1e-3, shards=2)))
    again = query_task(longer, tokenizer, vectors)
    train(again, shards_with_words, tmp_path, workers=0, report_every=100, save_every=20)
    log = [json.loads(line) for line in (tmp_path / 'log.jsonl').read_text().splitlines()]
    assert [(entry['stage'], entry['step']) for entry in log] == [(0, 3), (1, 20)]
    assert set(log[0]) >= {'overall_iou', 'overall_iou_shuffled', 'empty_where_absent'}
