# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The published checkpoint's keys and VPD's class embeddings."""

from __future__ import annotations

import numpy as np
import torch
from transformers import CLIPTextConfig, CLIPTextModel

from diffperc_ros.networks.conditioning.class_embeddings import embed_classes
from diffperc_ros.networks.configuration import VPDDepthConfig
from diffperc_ros.networks.vpd import VPDDepth
from parity.checkpoint import assert_official_checkpoint_fits, assert_reduced_checkpoint_converts
from parity.generator import make_tensor
from parity.reference import Reference


def test_reduced_checkpoint_converts_to_the_reference_network(
    vpd_depth: Reference, vpd_depth_network: VPDDepth
) -> None:
    assert_reduced_checkpoint_converts(vpd_depth, vpd_depth_network)


def test_official_checkpoint_fits_key_by_key(vpd_depth: Reference) -> None:
    assert_official_checkpoint_fits(vpd_depth, VPDDepthConfig())


def test_class_embedding_recipe(vpd_depth: Reference) -> None:
    recipe = vpd_depth.json('class_embedding_recipe')
    expected = vpd_depth.arrays('class_embedding_recipe')
    model = CLIPTextModel(CLIPTextConfig(**recipe['config'])).eval()
    weights = {
        name: torch.from_numpy(
            make_tensor(recipe['key_prefix_for_generation'] + name, tuple(shape), recipe['seed'])
            * np.float32(recipe['scales'].get(name, 1))
        )
        for name, shape in recipe['keys'].items()
    }
    # transformers 5 dropped the first component of these names.
    prefix = 'text_model.'
    if not any(name.startswith(prefix) for name in model.state_dict()):
        weights = {name.removeprefix(prefix): value for name, value in weights.items()}
    model.load_state_dict(weights)

    input_ids = torch.from_numpy(expected['input_ids'])
    single_prompts = input_ids.flatten(0, 1).unsqueeze(1)
    pooled = embed_classes(model, single_prompts).reshape(*input_ids.shape[:2], -1)
    np.testing.assert_allclose(pooled, expected['pooled'], atol=1e-5)
    np.testing.assert_allclose(
        embed_classes(model, input_ids), expected['class_embeddings'], atol=1e-5
    )
