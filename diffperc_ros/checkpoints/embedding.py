# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Class embeddings for one's own class names, by CLIP's text encoder from a local folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from diffperc_ros.bundle.bundle import sha256_of
from diffperc_ros.checkpoints.prompt_templates import IMAGENET
from diffperc_ros.core.errors import DiffpercError, OutputError, SettingError
from diffperc_ros.networks.conditioning.class_embeddings import Pooling, embed_classes

_TENSOR = 'class_embeddings'
_WEIGHTS = ('model.safetensors', 'pytorch_model.bin')


class TextEncoderError(DiffpercError):
    """There is no text encoder where one was looked for, or it cannot be read."""


@dataclass(frozen=True)
class EmbeddingRecipe:
    """How a class name becomes a vector.

    Attributes
    ----------
    templates
        Sentences with '{}' where the name goes; a class is the mean over them.
    pooling
        What stands for a sentence; see `embed_classes`.
    length
        Tokens of every sentence, padding included. VPD's table of rooms was made with 20; where
        nothing is cut off, the length changes nothing, since no token sees those behind it.
    """

    templates: tuple[str, ...] = IMAGENET
    pooling: Pooling = 'end_of_text'
    length: int = 77

    def __post_init__(self) -> None:
        for template in self.templates:
            if template.count('{}') != 1:
                raise SettingError(f"the template '{template}' needs one {{}} for the class name")
        if not self.templates:
            raise SettingError('give at least one template')
        if self.length < 3:
            raise SettingError(f'length is {self.length}; a sentence has at least 3 tokens')


@dataclass(frozen=True, eq=False)
class ClassEmbeddings:
    """One vector per class, with what it was made from.

    Attributes
    ----------
    names
        Of the classes, in the order of the rows.
    vectors
        float32 (classes, dim).
    recipe
        How they were made.
    encoder_sha256
        Of the text encoder's weight file.
    """

    names: tuple[str, ...]
    vectors: Tensor
    recipe: EmbeddingRecipe
    encoder_sha256: str


def embed_class_names(
    names: Sequence[str],
    folder: Path,
    recipe: EmbeddingRecipe | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ClassEmbeddings:
    """Return the text features of classes.

    Parameters
    ----------
    names
        Of the classes; an underscore is read as a blank.
    folder
        Text encoder with its tokenizer, as transformers saves them, or a diffusers folder of
        Stable Diffusion (text_encoder/ and tokenizer/). For published models CLIP ViT-L/14.
    recipe
        None: 80 ImageNet templates, the end-of-text feature, as VPD made its table of rooms.
    progress
        Told (done, total) classes.

    Raises
    ------
    TextEncoderError
        When there is no text encoder in the folder.
    SettingError
        When a name is empty or repeated, or a sentence has more tokens than the recipe's length.
    """
    recipe = recipe or EmbeddingRecipe()
    _check_names(names)
    encoder, tokenizer, weights = _open_encoder(folder)
    longest = int(encoder.config.max_position_embeddings)
    if recipe.length > longest:
        raise SettingError(f'length is {recipe.length}; this text encoder reads up to {longest}')
    vectors = []
    for done, name in enumerate(names, start=1):
        input_ids = _tokens(tokenizer, name, recipe)
        vectors.append(embed_classes(encoder, input_ids[None], recipe.pooling)[0])
        if progress is not None:
            progress(done, len(names))
    return ClassEmbeddings(tuple(names), torch.stack(vectors), recipe, sha256_of(weights))


def write_class_embeddings(embeddings: ClassEmbeddings, path: Path) -> None:
    """Write embeddings, names and recipe to one safetensors file, whole or not at all.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    recipe = embeddings.recipe
    metadata = {
        'names': json.dumps(embeddings.names, ensure_ascii=False),
        'templates': json.dumps(recipe.templates),
        'pooling': recipe.pooling,
        'length': str(recipe.length),
        'text_encoder_sha256': embeddings.encoder_sha256,
    }
    partial = path.with_name(f'.{path.name}.partial')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({_TENSOR: embeddings.vectors.contiguous()}, partial, metadata)
        partial.chmod(0o644)
        partial.replace(path)
    except (OSError, SafetensorError) as error:
        with suppress(OSError):
            partial.unlink()
        raise OutputError(f'{path}: cannot write class embeddings: {error}') from error


def read_class_embeddings(path: Path) -> ClassEmbeddings:
    """Return what `write_class_embeddings` wrote.

    Raises
    ------
    SettingError
        When the file is not that.
    """
    try:
        with safe_open(path, framework='pt') as file:
            metadata = file.metadata() or {}
            recipe = EmbeddingRecipe(
                tuple(json.loads(metadata['templates'])),
                cast(Literal['end_of_text', 'mean'], metadata['pooling']),
                int(metadata['length']),
            )
            names = tuple(json.loads(metadata['names']))
            return ClassEmbeddings(
                names, file.get_tensor(_TENSOR), recipe, metadata['text_encoder_sha256']
            )
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise SettingError(
            f'{path}: no class embeddings as diffperc embed-classes writes them: {error}'
        ) from error


def _check_names(names: Sequence[str]) -> None:
    if not names:
        raise SettingError('no class names given')
    for name in names:
        if not name.strip():
            raise SettingError('a class name is empty')
        if names.count(name) > 1:
            raise SettingError(f"the class '{name}' is named more than once")


def _open_encoder(folder: Path) -> tuple[Any, Any, Path]:
    """Return model, tokenizer and the model's weight file."""
    model, words = folder, folder
    if (folder / 'text_encoder').is_dir():
        model, words = folder / 'text_encoder', folder / 'tokenizer'
    weights = [model / name for name in _WEIGHTS if (model / name).is_file()]
    if not weights or not (model / 'config.json').is_file():
        raise TextEncoderError(
            f'{folder}: no text encoder there. Published models use CLIP ViT-L/14: fetch '
            'config.json, model.safetensors, vocab.json and merges.txt of '
            'openai/clip-vit-large-patch14 into a folder, or take a diffusers folder of Stable '
            'Diffusion 1.5 with text_encoder/ and tokenizer/'
        )
    try:
        encoder: Any = CLIPTextModel.from_pretrained(model, local_files_only=True)
        tokenizer = CLIPTokenizer.from_pretrained(words, local_files_only=True)
    except Exception as error:  # transformers raises many types for a folder it cannot read
        reason = str(error).strip().splitlines()[0]
        raise TextEncoderError(f'{folder}: cannot read the text encoder: {reason}') from error
    return encoder.eval(), tokenizer, weights[0]


def _tokens(tokenizer: Any, name: str, recipe: EmbeddingRecipe) -> Tensor:
    """Return int64 (templates, length), padded with the end-of-text token as published."""
    phrase = name.replace('_', ' ').strip()
    rows = []
    for template in recipe.templates:
        ids: list[int] = tokenizer(template.format(phrase))['input_ids']
        if len(ids) > recipe.length:
            raise SettingError(
                f"'{template.format(phrase)}' has {len(ids)} tokens but length is "
                f'{recipe.length}; give a greater length or a shorter name'
            )
        rows.append(ids + [tokenizer.eos_token_id] * (recipe.length - len(ids)))
    return torch.tensor(rows)
