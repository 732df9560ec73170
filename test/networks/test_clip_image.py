# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPVisionModel

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.encoders.clip_image import (
    CLIPImageEncoder,
    clip_image_config,
    fingerprint,
    load_clip_image,
)
from networks.small_iedp import CLIP


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole CLIP model, text half included, as transformers writes it."""
    sizes = {
        'hidden_size': 16,
        'intermediate_size': 32,
        'num_hidden_layers': 2,
        'num_attention_heads': 2,
    }
    config = CLIPConfig(
        vision_config={**sizes, 'image_size': 28, 'patch_size': 14},
        text_config={**sizes, 'vocab_size': 60, 'max_position_embeddings': 20},
        projection_dim=8,
    )
    path = tmp_path_factory.mktemp('models') / 'clip-small'
    CLIPModel(config).save_pretrained(path)
    return path


def loaded(folder: Path) -> CLIPImageEncoder:
    encoder = CLIPImageEncoder(clip_image_config(folder))
    load_clip_image(encoder, folder)
    return encoder


def test_the_picture_is_prepared_as_clips_own_processor_does() -> None:
    """Same statistics and filter, up to the bytes that the processor rounds to on its way."""
    rng = np.random.default_rng(0)
    picture = np.kron(rng.integers(80, 176, (16, 16, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    processor = CLIPImageProcessor(
        size={'height': 28, 'width': 28}, do_center_crop=False, resample=Image.Resampling.BICUBIC
    )
    expected = processor(Image.fromarray(picture), return_tensors='pt').pixel_values
    image = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1
    torch.testing.assert_close(
        CLIPImageEncoder(CLIP).prepare(image), expected, atol=1.5 / 255 / 0.26, rtol=0
    )


@pytest.mark.parametrize(('value', 'expected'), [(-1.0, 0.0), (1.0, 1.0), (0.0, 0.5)])
def test_statistics_are_converted(value: float, expected: float) -> None:
    prepared = CLIPImageEncoder(CLIP).prepare(torch.full((1, 3, 64, 64), value))[0, :, 5, 5]
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073])
    std = torch.tensor([0.26862954, 0.26130258, 0.27577711])
    torch.testing.assert_close(prepared, (expected - mean) / std)


def test_squash_shows_the_borders_and_a_centre_crop_hides_them() -> None:
    image = torch.zeros(1, 3, 64, 128)
    other = image.clone()
    other[..., :8] = 1
    for resize, sees in (('squash', True), ('centre_crop', False)):
        encoder = CLIPImageEncoder(replace(CLIP, resize=resize))
        assert torch.equal(encoder(image), encoder(other)) is not sees


@pytest.mark.parametrize(('tokens', 'count'), [('all', 5), ('patches', 4), ('class', 1)])
def test_tokens_are_those_of_the_last_layer(folder: Path, tokens: str, count: int) -> None:
    encoder = CLIPImageEncoder(replace(clip_image_config(folder), tokens=tokens))
    load_clip_image(encoder, folder)
    image = torch.rand(2, 3, 64, 64) * 2 - 1
    original = CLIPVisionModel.from_pretrained(folder)
    with torch.no_grad():
        expected = original(encoder.prepare(image)).last_hidden_state
    chosen = {'all': expected, 'patches': expected[:, 1:], 'class': expected[:, :1]}[tokens]
    assert chosen.shape == (2, count, 16)
    torch.testing.assert_close(encoder(image), chosen)


def test_the_final_norm_makes_the_class_token_the_pooled_one(folder: Path) -> None:
    encoder = CLIPImageEncoder(replace(clip_image_config(folder), final_norm=True))
    load_clip_image(encoder, folder)
    image = torch.rand(1, 3, 64, 64) * 2 - 1
    expected = CLIPVisionModel.from_pretrained(folder)(encoder.prepare(image)).pooler_output
    torch.testing.assert_close(encoder(image)[:, 0], expected)


@pytest.mark.parametrize('frozen', [True, False])
def test_frozen_is_a_switch(frozen: bool) -> None:
    encoder = CLIPImageEncoder(replace(CLIP, frozen=frozen)).train()
    assert all(parameter.requires_grad is not frozen for parameter in encoder.parameters())
    assert encoder.model.training is not frozen
    assert encoder(torch.rand(1, 3, 64, 64)).requires_grad is not frozen


def test_a_folder_says_what_it_holds(folder: Path) -> None:
    config = clip_image_config(folder)
    assert (config.name, config.hidden_size, config.layers) == ('clip-small', 16, 2)
    assert len(config.fingerprint) == 64
    assert fingerprint(loaded(folder).model) == config.fingerprint


def test_half_precision_storage_keeps_the_fingerprint(folder: Path) -> None:
    encoder = loaded(folder)
    half = {name: value.half().float() for name, value in encoder.state_dict().items()}
    CLIPImageEncoder(encoder.config).load_state_dict(half)


def test_other_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    encoder = loaded(folder)
    encoder.model.post_layernorm.weight.data[3] += 0.01
    with pytest.raises(SettingError, match='clip-small'):
        CLIPImageEncoder(encoder.config).load_state_dict(encoder.state_dict())
    with pytest.raises(SettingError, match='no CLIP image encoder'):
        clip_image_config(tmp_path)
    with pytest.raises(SettingError, match='not the weights of random'):
        load_clip_image(CLIPImageEncoder(replace(CLIP, layers=3)), folder)


@pytest.mark.parametrize('setting', [{'tokens': 'some'}, {'resize': 'crop'}])
def test_unknown_choices_are_named(setting: dict[str, str]) -> None:
    with pytest.raises(SettingError, match=next(iter(setting))):
        replace(CLIP, **setting)
