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
from diffperc_ros.training.data.dataset import Item, Shard
from diffperc_ros.training.data.names import NAMED, NAMES
from diffperc_ros.training.data.parts import PARTS
from diffperc_ros.training.loop import train
from diffperc_ros.training.recipe import Stage
from diffperc_ros.training.recipes.query import (
    QueryAnswer,
    QueryNetwork,
    query_loss,
    query_task,
)
from diffperc_ros.training.task import Task


@pytest.fixture
def task(tokenizer: Tokenizer, vectors: Tensor) -> Task[QueryAnswer]:
    return query_task(QUERY, tokenizer, vectors)


def test_sharing_the_encoder_changes_nothing(tokenizer: Tokenizer, vectors: Tensor) -> None:
    torch.manual_seed(0)
    recipe = replace(QUERY, text=replace(QUERY.text, vocabulary=len(vectors)))
    network = QueryNetwork(recipe).eval()
    network.text.load_vectors(vectors)
    image, tokens = torch.rand(2, 3, 64, 128), torch.randint(2, 40, (2, 3, 12))
    with torch.inference_mode():
        together = network(image, tokens).phrases[:, :, :2]
        for picture in range(2):
            for phrase in range(3):
                context = network.text(tokens[picture, phrase][None])
                alone = network.vision(image[picture][None], context)
                torch.testing.assert_close(together[picture, phrase][None], alone)


@pytest.fixture
def perfect() -> tuple[QueryAnswer, Item]:
    """An answer without a fault, and what was asked."""
    mask = torch.zeros((1, 2, 8, 8), dtype=torch.int64)
    mask[0, 0, 2:5, 2:5] = 1
    name = mask[:, 0].clone()
    mask = mask.repeat_interleave(8, dim=2).repeat_interleave(8, dim=3)
    parts = mask[:, :, None, ::8, ::8].repeat(1, 1, len(PARTS), 1, 1)
    seen = torch.stack((1 - mask, *[mask] * (1 + len(PARTS))), dim=2)
    things = torch.full((1, NAMED, 8, 8), -20.0)
    things.scatter_(1, name[:, None], 20.0)
    things[:, len(NAMES)] = 20.0
    # One token says the noun, the other one nothing.
    attention = torch.stack((parts[:, :, 0], 1 - parts[:, :, 0]), dim=2).float()
    batch = {
        'mask': mask,
        'parts': parts,
        'spoken': torch.tensor([[[0, -1], [0, -1]]]),
        'instances': mask[:, 0],
        'name': name,
        'colour': torch.zeros_like(name),
        'weight': torch.ones(name.shape),
    }
    return QueryAnswer(seen.float() * 40 - 20, things, attention), batch


def test_a_perfect_answer_costs_next_to_nothing(perfect: tuple[QueryAnswer, Item]) -> None:
    answer, batch = perfect
    assert query_loss(answer, batch).item() < 1e-3


def test_every_part_of_an_answer_counts(perfect: tuple[QueryAnswer, Item]) -> None:
    answer, batch = perfect
    wrong_masks = torch.cat((-answer.phrases[:, :, :2], answer.phrases[:, :, 2:]), dim=2)
    assert query_loss(answer._replace(phrases=wrong_masks), batch).item() > 10
    wrong_parts = torch.cat((answer.phrases[:, :, :2], -answer.phrases[:, :, 2:]), dim=2)
    assert query_loss(answer._replace(phrases=wrong_parts), batch).item() > 10
    wrong_names = answer.things.clone()
    wrong_names[:, : len(NAMES)] *= -1
    assert query_loss(answer._replace(things=wrong_names), batch).item() > 10
    wrong_colours = answer.things.clone()
    wrong_colours[:, len(NAMES) :] *= -1
    assert query_loss(answer._replace(things=wrong_colours), batch).item() > 10
    wrong_looks = answer._replace(attention=answer.attention.flip(2))
    assert query_loss(wrong_looks, batch).item() > 10


def test_the_first_layer_is_taught_names_and_colours(
    task: Task[QueryAnswer], shard_with_words: Shard
) -> None:
    """What a small first layer drops, no word can find later."""
    random = np.random.default_rng(0)
    samples = [augment_keeping_colours(shard_with_words[n], (64, 64), random) for n in (0, 1)]
    items = [task.target(sample, random) for sample in samples]
    batch = {key: torch.stack([item[key] for item in items]) for key in items[0]}
    batch['image'] = torch.rand(2, 3, 64, 64)
    answer = task.answer(task.network, batch)
    assert answer.things.shape == (2, NAMED, 8, 8)
    answer.things.sum().backward()
    unet = task.network.get_submodule('vision.backbone.unet')
    taught = {name for name, value in unet.named_parameters() if value.grad is not None}
    assert taught == {'conv_in.weight', 'conv_in.bias'}


def test_words_are_taught_where_to_look(task: Task[QueryAnswer], shard_with_words: Shard) -> None:
    sample = augment_keeping_colours(shard_with_words[0], (64, 64), np.random.default_rng(0))
    item = task.target(sample, np.random.default_rng(0))
    answer = task.network(torch.rand(1, 3, 64, 64), item['tokens'][None])
    assert item['spoken'].shape == item['tokens'].shape
    assert (item['spoken'] == 0).any()
    assert answer.attention.shape == (1, *item['tokens'].shape, 8, 8)
    torch.testing.assert_close(answer.attention.sum(dim=2), torch.ones(1, len(item['mask']), 8, 8))
    answer.attention.square().sum().backward()
    layer = task.network.get_parameter(
        'vision.backbone.unet.up_blocks.3.attentions.0.transformer_blocks.0.attn2.to_k.weight'
    )
    assert layer.grad is not None


def test_a_run_learns_and_goes_on(
    task: Task[QueryAnswer],
    shards_with_words: Path,
    tmp_path: Path,
    tokenizer: Tokenizer,
    vectors: Tensor,
) -> None:
    train(task, shards_with_words, tmp_path, workers=0, report_every=100, save_every=3)
    longer = replace(QUERY, stages=(*QUERY.stages, Stage(64, 64, 2, 20, 3e-3, 1e-3, shards=2)))
    again = query_task(longer, tokenizer, vectors)
    train(again, shards_with_words, tmp_path, workers=0, report_every=100, save_every=20)
    log = [json.loads(line) for line in (tmp_path / 'log.jsonl').read_text().splitlines()]
    assert [(entry['stage'], entry['step']) for entry in log] == [(0, 3), (1, 20)]
    scores = {'overall_iou', 'overall_iou_shuffled', 'empty_where_absent', 'colours_right'}
    assert set(log[0]) >= scores
