# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from training.tiny import QUERY

from diffperc_ros.networks.encoders.efficientnet_lite import EfficientNetLiteEncoder
from diffperc_ros.scenes.colours import COLOURS
from diffperc_ros.scenes.objects import VisibleObject
from diffperc_ros.training.data.augment import Sample, no_augmentation
from diffperc_ros.training.data.dataset import Shard
from diffperc_ros.training.loop import train
from diffperc_ros.training.recipe import Stage
from diffperc_ros.training.recipes.naming import (
    NAMES,
    SMALL_INDOOR_NAMING,
    UNTOLD,
    name_target,
    naming_loss,
    naming_task,
    validate,
)
from diffperc_ros.training.recipes.query import query_task

NAMING = replace(
    SMALL_INDOOR_NAMING,
    encoder=replace(SMALL_INDOOR_NAMING.encoder, latent_channels=16),
    stages=(Stage(64, 64, 4, 40, 5e-3, 1e-3, shards=2),),
    warmup_steps=1,
    average_decay=0.5,
)
ANY = np.random.default_rng(0)


def seen(name: str, colour: str | None, instance: int) -> VisibleObject:
    box = (0, 0, 8, 8)
    return VisibleObject(
        instance, 'object', name, colour, (0, 0, 1), box, 64, (1, 1, 1), None, False, 1.0
    )


def sample_of(instances: np.ndarray, *objects: VisibleObject) -> Sample:
    image = np.zeros((*instances.shape, 3), np.uint8)
    return Sample(image, {'instance': instances.astype(np.uint16)}, 1.0, 0, objects)


def test_a_cell_is_told_what_is_in_its_middle(shard_with_words: Shard) -> None:
    sample = no_augmentation(shard_with_words[0], (96, 64), ANY)
    item = name_target(sample, ANY)
    assert item['name'].shape == item['colour'].shape == item['weight'].shape == (8, 12)
    said = {thing.instance: thing for thing in sample.objects}
    for row, column in np.ndindex(8, 12):
        thing = said[int(sample.maps['instance'][8 * row + 4, 8 * column + 4])]
        expected = NAMES.index(thing.name) if thing.name in NAMES else UNTOLD
        assert item['name'][row, column] == expected
        colour = UNTOLD if thing.colour is None else COLOURS.index(thing.colour)
        assert item['colour'][row, column] == colour


def test_what_no_phrase_speaks_of_is_not_told() -> None:
    instances = np.repeat([[0, 5, 9]], 8, axis=0).repeat(8, axis=1)
    item = name_target(sample_of(instances, seen('soap', 'green', 9)), ANY)
    assert item['name'].tolist() == [[UNTOLD] * 3]
    assert item['colour'].tolist() == [[UNTOLD, UNTOLD, COLOURS.index('green')]]


def test_colours_of_combinations_that_are_only_asked_are_kept_back() -> None:
    instances = np.repeat([[1, 2, 3]], 8, axis=0).repeat(8, axis=1)
    chairs = (seen('chair', 'blue', 1), seen('chair', 'red', 2), seen('armchair', 'blue', 3))
    item = name_target(sample_of(instances, *chairs), ANY)
    assert item['colour'].tolist() == [[UNTOLD, COLOURS.index('red'), COLOURS.index('blue')]]
    assert (item['name'] != UNTOLD).all()


def test_every_thing_weighs_the_root_of_its_cells() -> None:
    instances = np.zeros((32, 32))
    instances[:, 16:] = 1
    instances[:8, :8] = 2
    weight = name_target(sample_of(instances), ANY)['weight']
    for number, cells in ((1, 8), (2, 1), (0, 7)):
        where = torch.from_numpy(instances[4::8, 4::8] == number)
        torch.testing.assert_close(weight[where].sum(), torch.tensor(cells**0.5))


def test_loss_learns_nothing_where_nothing_is_told() -> None:
    torch.manual_seed(0)
    logits = torch.randn(1, len(NAMES) + len(COLOURS), 2, 2, requires_grad=True)
    name = torch.tensor([[[3, UNTOLD], [UNTOLD, 5]]])
    batch = {'name': name, 'colour': torch.full_like(name, UNTOLD), 'weight': torch.ones(1, 2, 2)}
    naming_loss(logits, batch).backward()
    assert logits.grad is not None
    moved = logits.grad.abs().sum(dim=1) > 0
    assert torch.equal(moved, name != UNTOLD)
    assert not logits.grad[:, len(NAMES) :].any()
    rightly = torch.full_like(logits, -50.0)
    rightly[0, 3, 0, 0] = rightly[0, 5, 1, 1] = 50.0
    assert naming_loss(rightly, batch) < 1e-6


def test_names_are_learnt_and_the_query_network_starts_from_them(
    shards_with_words: Path, tmp_path: Path, tokenizer: Tokenizer, vectors: torch.Tensor
) -> None:
    task = naming_task(NAMING)
    pictures = task.held_out([shards_with_words / 'shard-00015'], (64, 64))
    before = validate(task.network.eval(), pictures, 4)
    weights = train(task, shards_with_words, tmp_path, workers=0)
    named = naming_task(NAMING, start=weights).network
    named.load_state_dict(load_file(weights))
    after = validate(named.eval(), pictures, 4)
    assert after['names_right'] > max(0.5, before['names_right'])

    unet = replace(QUERY.network.backbone.unet, in_channels=16)
    backbone = replace(QUERY.network.backbone, encoder=NAMING.encoder, unet=unet)
    recipe = replace(QUERY, network=replace(QUERY.network, backbone=backbone))
    query = query_task(recipe, tokenizer, vectors, encoder=weights).network
    ours, theirs = (
        next(part for part in network.modules() if isinstance(part, EfficientNetLiteEncoder))
        for network in (query, named)
    )
    for (name, one), other in zip(
        ours.state_dict().items(), theirs.state_dict().values(), strict=True
    ):
        assert torch.equal(one, other), name
