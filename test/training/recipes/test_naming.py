# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from training.tiny import QUERY

from diffperc_ros.networks.encoders.efficientnet_lite import EfficientNetLiteEncoder
from diffperc_ros.training.loop import train
from diffperc_ros.training.recipe import Stage
from diffperc_ros.training.recipes.naming import (
    SMALL_INDOOR_NAMING,
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
