# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Text features for IEDP's explicit prompts: CLIP's text encoder, frozen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from diffperc_ros.core.errors import SettingError

EMPTY = ''


class TextTower:
    """Sentences to features.

    Parameters
    ----------
    model
        CLIP's text encoder; for published weights ViT-L/14's.
    tokenize
        Sentences to int64 (n, tokens), cut or padded to one length.
    """

    def __init__(self, model: CLIPTextModel, tokenize: Callable[[Sequence[str]], Tensor]) -> None:
        self.model = model.eval().requires_grad_(False)  # type: ignore[no-untyped-call]
        self.tokenize = tokenize

    @torch.no_grad()
    def last_hidden(self, sentences: Sequence[str]) -> Tensor:
        """Return every token's feature (n, tokens, dim), after the final LayerNorm."""
        hidden: Tensor = self.model(self.tokenize(sentences)).last_hidden_state
        return hidden

    @torch.no_grad()
    def pooled(self, sentences: Sequence[str]) -> Tensor:
        """Return the feature (n, dim) at each sentence's end-of-text token, not projected."""
        pooled: Tensor = self.model(self.tokenize(sentences)).pooler_output
        return pooled

    def mean_over(self, templates: Sequence[str], names: Sequence[str]) -> Tensor:
        """Return each name's pooled feature (names, dim), the mean over its sentences.

        Parameters
        ----------
        templates
            Sentences with `{}` for the name.
        names
            What the sentences speak of.
        """
        return torch.stack(
            [
                self.pooled([template.format(name) for template in templates]).mean(dim=0)
                for name in names
            ]
        )


def open_text_tower(folder: Path, tokens: int = 77) -> TextTower:
    """Return the text encoder of a transformers folder; nothing is ever downloaded.

    Parameters
    ----------
    folder
        Holds config.json, the weights and the tokenizer's files.
    tokens
        Length of every sentence, padding included: Stable Diffusion's 77.

    Raises
    ------
    SettingError
        When the folder holds no CLIP text encoder with its tokenizer.
    """
    try:
        model = CLIPTextModel.from_pretrained(folder, local_files_only=True)
        tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise SettingError(
            f'{folder}: no CLIP text encoder with its tokenizer in the form of the transformers '
            f'library: {error}'
        ) from error

    def tokenize(sentences: Sequence[str]) -> Tensor:
        ids: Tensor = tokenizer(
            list(sentences),
            padding='max_length',
            truncation=True,
            max_length=tokens,
            return_tensors='pt',
        ).input_ids
        return ids

    return TextTower(model, tokenize)
