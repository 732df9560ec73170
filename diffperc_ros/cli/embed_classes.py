# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`diffperc embed-classes`: text features for one's own class names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from diffperc_ros.cli.console import message_console, progress_bar
from diffperc_ros.cli.extras import need_networks
from diffperc_ros.core.errors import SettingError


def embed_classes(
    text_encoder: Annotated[
        Path, typer.Option(help='Folder of CLIP ViT-L/14, or of Stable Diffusion 1.5.')
    ],
    output: Annotated[Path, typer.Option(help="File to write, '.safetensors'.")],
    names: Annotated[
        list[str] | None, typer.Argument(help='Class names, in the order of the rows.')
    ] = None,
    file: Annotated[Path | None, typer.Option(help='Text file with one name a line.')] = None,
    templates: Annotated[
        str, typer.Option(help='imagenet: mean over 80 sentences; single: a photo of a ...')
    ] = 'imagenet',
    template: Annotated[
        list[str] | None, typer.Option(help='Own sentence with {} for the name; may be repeated.')
    ] = None,
    pooling: Annotated[
        Literal['end_of_text', 'mean'],
        typer.Option(help='end_of_text as published, or mean over the tokens.'),
    ] = 'end_of_text',
    length: Annotated[int, typer.Option(help='Tokens of a sentence, padding included.')] = 77,
) -> None:
    """Make class embeddings with CLIP's text encoder, as VPD made its own.

    Names and options are stored with the vectors. Nothing is downloaded.
    """
    need_networks('making class embeddings')
    from diffperc_ros.checkpoints.embedding import (
        EmbeddingRecipe,
        embed_class_names,
        write_class_embeddings,
    )
    from diffperc_ros.checkpoints.prompt_templates import TEMPLATES

    if bool(names) == (file is not None):
        raise typer.BadParameter('give either names or --file', param_hint='NAMES')
    if templates not in TEMPLATES:
        raise typer.BadParameter(f'can be {", ".join(TEMPLATES)}', param_hint='--templates')
    recipe = EmbeddingRecipe(tuple(template or TEMPLATES[templates]), pooling, length)
    classes = names or _names_in(file)
    with progress_bar('embed') as progress:
        embeddings = embed_class_names(classes, text_encoder, recipe, progress)
    write_class_embeddings(embeddings, output)
    rows, dim = embeddings.vectors.shape
    message_console().print(f'wrote {output}: {rows} classes, {dim} values each')


def _names_in(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        lines = file.read_text('utf-8').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f'{file}: cannot be read as text: {error}') from error
    return [line.strip() for line in lines if line.strip()]
