# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A text encoder as small as can be, saved by transformers itself."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

START, END = '<|startoftext|>', '<|endoftext|>'


def write_text_encoder(folder: Path, tokenizer_folder: Path | None = None) -> Path:
    """Write a random CLIP text model whose tokens are single characters."""
    tokenizer_folder = tokenizer_folder or folder
    tokenizer_folder.mkdir(parents=True, exist_ok=True)
    letters = [chr(code) for code in range(33, 127)]
    words = [*letters, *(f'{letter}</w>' for letter in letters), START, END]
    (tokenizer_folder / 'vocab.json').write_text(
        json.dumps({word: number for number, word in enumerate(words)})
    )
    (tokenizer_folder / 'merges.txt').write_text('#version: 0.2\n')
    CLIPTokenizer.from_pretrained(tokenizer_folder).save_pretrained(tokenizer_folder)
    torch.manual_seed(0)
    config = CLIPTextConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
        bos_token_id=len(words) - 2,
        eos_token_id=len(words) - 1,
        pad_token_id=len(words) - 1,
    )
    CLIPTextModel(config).save_pretrained(folder)
    return folder
