# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""CLIP's text encoder, from a local folder, as the text graph and tokenizer of a query bundle."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoTokenizer, CLIPTextModel

from diffperc_ros.core.errors import SettingError
from diffperc_ros.export.onnx import save_graph, trace

TEXT_GRAPH = 'text.onnx'
TOKENIZER = 'tokenizer.json'
CONTEXT = 'context'


class TextGraph(nn.Module):
    """Tokens to the U-Net's context: CLIP's last hidden state, padding tokens included.

    Phrases are padded with the end-of-text token and nothing is masked, as VPD was trained.

    Parameters
    ----------
    model : CLIP's text encoder.
    end : id of its end-of-text token.
    """

    def __init__(self, model: CLIPTextModel, end: int) -> None:
        super().__init__()
        self.model = model
        self.end = end

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the context float32 (1, L, dim) of tokens int64 (1, L).

        Whatever stands behind the end of the text counts as padding.
        """
        ended = (tokens == self.end).int().cumsum(dim=1) > 0
        padded = torch.where(ended, self.end, tokens)
        context: Tensor = self.model(padded).last_hidden_state
        return context


def write_text(folder: Path, output: Path, tokens: int, dim: int) -> dict[str, str | int]:
    """Write the text graph and the tokenizer of a text encoder.

    Parameters
    ----------
    folder : CLIP's text encoder with its tokenizer, in the form of the transformers library.
    output : folder of the bundle.
    tokens, dim : shape (1, tokens, dim) of the context that the image graph takes.

    Returns
    -------
    What the manifest says under `query.text`.

    Raises
    ------
    SettingError : the folder does not hold such an encoder, or one of another shape.
    """
    model, tokenizer = _load(folder)
    width, longest = model.config.hidden_size, model.config.max_position_embeddings
    if width != dim or tokens > longest:
        raise SettingError(
            f'{folder}: this encoder gives {width} values for each of at most {longest} tokens; '
            f'the network takes {dim} for each of {tokens}'
        )
    end = tokenizer.token_to_id('<|endoftext|>')
    if end is None:
        raise SettingError(f"{folder}: its tokenizer has no '<|endoftext|>'; it is not CLIP's")
    example = {'tokens': torch.zeros((1, tokens), dtype=torch.int64)}
    save_graph(trace(TextGraph(model, end), example, CONTEXT), output / TEXT_GRAPH)
    # Bytes are its smallest units, so nothing is unknown; its file calls the end of the text so.
    tokenizer.model.unk_token = None
    tokenizer.save(str(output / TOKENIZER))
    return {'tokenizer': TOKENIZER, 'graph': TEXT_GRAPH, 'tokens': tokens, 'context': CONTEXT}


def _load(folder: Path) -> tuple[CLIPTextModel, Tokenizer]:
    if not folder.is_dir():
        raise SettingError(f'{folder}: no such folder')
    try:
        model = CLIPTextModel.from_pretrained(folder, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise SettingError(
            f'{folder}: no CLIP text encoder in the form of the transformers library '
            f'(config.json, model.safetensors, tokenizer.json): {error}'
        ) from error
    return model, tokenizer.backend_tokenizer
