# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip('torch')
from checkpoints.text_encoder import write_text_encoder

from diffperc_ros.checkpoints.embedding import read_class_embeddings

Diffperc = Callable[..., tuple[int, str, str]]


def test_embed_classes(diffperc: Diffperc, tmp_path: Path) -> None:
    encoder, output = write_text_encoder(tmp_path / 'clip'), tmp_path / 'classes.safetensors'
    (tmp_path / 'labels.txt').write_text('chair\n\ncoffee table\n')
    options = ('--text-encoder', encoder, '--output', output, '--length', 40)
    status, _, errors = diffperc(
        'embed-classes', '--file', tmp_path / 'labels.txt', '--templates', 'single', *options
    )
    assert status == 0, errors
    assert '2 classes, 16 values each' in errors
    single = read_class_embeddings(output)
    assert single.names == ('chair', 'coffee table')
    assert single.recipe.templates == ('a photo of a {}.',)

    status, _, errors = diffperc(
        'embed-classes', 'bed', *options, '--template', 'a {}', '--template', 'the {}'
    )
    assert status == 0, errors
    assert read_class_embeddings(output).recipe.templates == ('a {}', 'the {}')


@pytest.mark.parametrize(
    ('arguments', 'status', 'message'),
    [
        ((), 2, 'either names or --file'),
        (('bed', '--file', 'x.txt'), 2, 'either names or --file'),
        (('--file', 'x.txt'), 1, 'x.txt: cannot be read'),
        (('bed', '--templates', 'many'), 2, 'can be imagenet, single'),
        (('bed', '--pooling', 'sum'), 2, "is not one of 'end_of_text', 'mean'"),
        (('bed',), 1, 'no text encoder there'),
    ],
)
def test_wrong_use_is_named(
    arguments: tuple[str, ...], status: int, message: str, diffperc: Diffperc, tmp_path: Path
) -> None:
    output = tmp_path / 'classes.safetensors'
    found, _, errors = diffperc(
        'embed-classes', *arguments, '--text-encoder', tmp_path, '--output', output
    )
    assert found == status
    assert message in ' '.join(errors.replace('│', ' ').split())
    assert not output.exists()
