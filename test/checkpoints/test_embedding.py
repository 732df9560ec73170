# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from checkpoints.text_encoder import write_text_encoder
from diffperc_ros.bundle.bundle import sha256_of
from diffperc_ros.checkpoints.embedding import (
    EmbeddingRecipe,
    TextEncoderError,
    embed_class_names,
    read_class_embeddings,
    write_class_embeddings,
)
from diffperc_ros.checkpoints.prompt_templates import IMAGENET
from diffperc_ros.core.errors import OutputError, SettingError

TEMPLATES = ('a {}.', 'the big {}.')


@pytest.fixture(scope='module')
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_text_encoder(tmp_path_factory.mktemp('clip'))


def characters(text: str) -> list[int]:
    """The tokens that the small encoder gives a text: letters, the last of a word apart."""
    ids = [2 * 94]
    for word in text.replace('.', ' .').split():
        ids += [ord(letter) - 33 for letter in word]
        ids[-1] += 94
    return [*ids, 2 * 94 + 1]


def reference(weights: dict[str, Tensor], ids: list[int]) -> Tensor:
    """CLIP's text transformer written out: one sentence, no padding -> (tokens, dim)."""

    def w(name: str) -> Tensor:
        return next(tensor for key, tensor in weights.items() if key.endswith(name))

    x = w('token_embedding.weight')[ids] + w('position_embedding.weight')[: len(ids)]
    future = torch.full((len(ids), len(ids)), -torch.inf).triu(1)
    for i in range(2):
        p = f'layers.{i}.'
        y = functional.layer_norm(x, (16,), w(p + 'layer_norm1.weight'), w(p + 'layer_norm1.bias'))
        q, k, v = (
            functional.linear(y, w(f'{p}self_attn.{n}.weight'), w(f'{p}self_attn.{n}.bias'))
            .reshape(len(ids), 2, 8)
            .transpose(0, 1)
            for n in ('q_proj', 'k_proj', 'v_proj')
        )
        mixed = (q @ k.transpose(1, 2) / 8**0.5 + future).softmax(-1) @ v
        mixed = mixed.transpose(0, 1).reshape(len(ids), 16)
        out = p + 'self_attn.out_proj.'
        x = x + functional.linear(mixed, w(out + 'weight'), w(out + 'bias'))
        y = functional.layer_norm(x, (16,), w(p + 'layer_norm2.weight'), w(p + 'layer_norm2.bias'))
        y = functional.linear(y, w(p + 'mlp.fc1.weight'), w(p + 'mlp.fc1.bias'))
        y = y * torch.sigmoid(1.702 * y)
        x = x + functional.linear(y, w(p + 'mlp.fc2.weight'), w(p + 'mlp.fc2.bias'))
    last = 'final_layer_norm.'
    return functional.layer_norm(x, (16,), w(last + 'weight'), w(last + 'bias'))


@pytest.mark.parametrize('pooling', ['end_of_text', 'mean'])
def test_embeddings_equal_a_transformer_written_out(pooling: Any, encoder: Path) -> None:
    recipe = EmbeddingRecipe(TEMPLATES, pooling, 40)
    found = embed_class_names(['chair', 'coffee_table'], encoder, recipe)
    weights = load_file(encoder / 'model.safetensors')
    for name, vector in zip(('chair', 'coffee table'), found.vectors, strict=True):
        hidden = [reference(weights, characters(t.format(name))) for t in TEMPLATES]
        prompts = [h[-1] if pooling == 'end_of_text' else h.mean(0) for h in hidden]
        torch.testing.assert_close(vector, torch.stack(prompts).mean(0), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize('pooling', ['end_of_text', 'mean'])
def test_padding_changes_nothing(pooling: Any, encoder: Path) -> None:
    short = embed_class_names(['bed'], encoder, EmbeddingRecipe(TEMPLATES, pooling, 20))
    long = embed_class_names(['bed'], encoder, EmbeddingRecipe(TEMPLATES, pooling, 64))
    torch.testing.assert_close(short.vectors, long.vectors, atol=1e-5, rtol=1e-5)


def test_a_diffusers_folder_is_the_same(encoder: Path, tmp_path: Path) -> None:
    write_text_encoder(tmp_path / 'text_encoder', tmp_path / 'tokenizer')
    recipe = EmbeddingRecipe(TEMPLATES, length=30)
    found = embed_class_names(['bed'], tmp_path, recipe)
    assert torch.equal(found.vectors, embed_class_names(['bed'], encoder, recipe).vectors)


def test_names_and_options_are_stored_with_the_vectors(encoder: Path, tmp_path: Path) -> None:
    recipe = EmbeddingRecipe(TEMPLATES, 'mean', 33)
    made = embed_class_names(['chair', 'Stühle'], encoder, recipe)
    write_class_embeddings(made, tmp_path / 'new' / 'classes.safetensors')
    read = read_class_embeddings(tmp_path / 'new' / 'classes.safetensors')
    assert read.names == ('chair', 'Stühle')
    assert read.recipe == recipe
    assert torch.equal(read.vectors, made.vectors)
    assert read.encoder_sha256 == sha256_of(encoder / 'model.safetensors')
    assert [file.name for file in (tmp_path / 'new').iterdir()] == ['classes.safetensors']


def test_the_published_templates() -> None:
    assert len(IMAGENET) == len(set(IMAGENET)) == 80
    assert IMAGENET[0] == 'a bad photo of a {}.'
    assert IMAGENET[-1] == 'a tattoo of the {}.'
    assert EmbeddingRecipe().templates == IMAGENET


@pytest.mark.parametrize(
    ('names', 'recipe', 'message'),
    [
        ([], {}, 'no class names'),
        (['a', ' '], {}, 'is empty'),
        (['a', 'b', 'a'], {}, "'a' is named more than once"),
        (['a' * 40], {'length': 20}, r"'a aaaa.*' has 44 tokens but length is 20"),
        (['a'], {'length': 65}, 'length is 65; this text encoder reads up to 64'),
        (['a'], {'length': 2}, 'at least 3'),
        (['a'], {'templates': ('a photo',)}, "'a photo' needs one {}"),
        (['a'], {'templates': ()}, 'at least one template'),
    ],
)
def test_what_cannot_be_embedded_is_named(
    names: list[str], recipe: dict[str, Any], message: str, encoder: Path
) -> None:
    with pytest.raises(SettingError, match=message):
        embed_class_names(
            names, encoder, EmbeddingRecipe(**{'templates': TEMPLATES, 'length': 20, **recipe})
        )


def test_without_an_encoder_it_says_what_to_fetch(encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(TextEncoderError, match=r'no text encoder there.*clip-vit-large-patch14'):
        embed_class_names(['a'], tmp_path)
    for name in ('config.json', 'model.safetensors'):
        (tmp_path / name).write_bytes((encoder / name).read_bytes()[:50])
    with pytest.raises(TextEncoderError, match='cannot read the text encoder'):
        embed_class_names(['a'], tmp_path)


def test_files_that_are_something_else(encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match='no class embeddings'):
        read_class_embeddings(encoder / 'model.safetensors')
    made = embed_class_names(['a'], encoder, EmbeddingRecipe(TEMPLATES, length=20))
    (tmp_path / 'file').write_text('')
    with pytest.raises(OutputError, match='cannot write'):
        write_class_embeddings(made, tmp_path / 'file' / 'classes.safetensors')
    with safe_open(encoder / 'model.safetensors', framework='pt') as file:
        assert 'names' not in (file.metadata() or {})
