# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A published file into a bundle: read, unwrap, identify, account for every key, write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from diffperc_ros.bundle.bundle import Bundle, sha256_of
from diffperc_ros.bundle.labels import write_labels
from diffperc_ros.bundle.write import write_bundle
from diffperc_ros.checkpoints.account import (
    CheckpointError,
    ConvertedCheckpoint,
    check_tied_copies,
)
from diffperc_ros.checkpoints.identify import convert_as, identify
from diffperc_ros.checkpoints.layout import LAYOUTS
from diffperc_ros.checkpoints.naming import tied_copies
from diffperc_ros.checkpoints.published import (
    PublishedCheckpoint,
    class_names,
    published_checkpoint,
)
from diffperc_ros.checkpoints.reading import read_checkpoint
from diffperc_ros.checkpoints.unwrapping import unwrap
from diffperc_ros.core.errors import OutputError
from diffperc_ros.core.labels import LabelSet
from diffperc_ros.networks.methods import NetworkConfig
from diffperc_ros.networks.serialization import to_dict

WEIGHTS = 'network.safetensors'
LABELS = 'labels.yaml'


@dataclass(frozen=True, eq=False)
class Import:
    """What became of a published file.

    Attributes
    ----------
    bundle
        What was written.
    account
        What became of each of its tensors.
    dropped
        What lay beside them: optimizer, epoch, arguments.
    """

    bundle: Bundle
    account: ConvertedCheckpoint
    dropped: tuple[str, ...]


def import_checkpoint(file: Path, output: Path, name: str | None = None) -> Import:
    """Turn an official file into a bundle that holds our network.

    The tensors go from the mapped file to the new one; no network is ever built.

    Parameters
    ----------
    file
        As its authors publish it, or a state dict with the same names as .safetensors.
    output
        Bundle folder to make; it appears whole or not at all.
    name
        Of the published checkpoint; None: the file's names and shapes say it.

    Raises
    ------
    CheckpointError
        When the file is damaged or is not that checkpoint; the message says what it is instead.
    SettingError
        When no published checkpoint has the name.
    OutputError
        When the bundle cannot be written.
    """
    if output.exists():
        raise OutputError(f'{output}: exists already; give another folder or remove it first')
    known = None if name is None else published_checkpoint(name)
    content = read_checkpoint(file)
    try:
        unwrapped = unwrap(content)
        checkpoint = known or identify(unwrapped.state)
        config, converted = convert_as(unwrapped.state, checkpoint)
        check_tied_copies(unwrapped.state, tied_copies(config, LAYOUTS[checkpoint.layout]))
    except CheckpointError as error:
        raise CheckpointError(f'{file}: {error}') from error

    def write_files(folder: Path) -> None:
        _save(converted.state, folder / WEIGHTS)
        if checkpoint.task == 'segmentation':
            write_labels(folder / LABELS, LabelSet.from_names(_names(checkpoint)))

    manifest = _manifest(checkpoint, config, file, converted)
    try:
        bundle = write_bundle(output, manifest, write_files)
    except OSError as error:
        raise OutputError(f'{output}: cannot be written: {error}') from error
    return Import(bundle, converted, unwrapped.dropped)


def _save(state: Mapping[str, Tensor], path: Path) -> None:
    # A file that was saved on purpose with overlapping or transposed tensors is copied, one at a
    # time; the official ones are written straight from their mapping.
    contiguous = {name: tensor.contiguous() for name, tensor in state.items()}
    save_file(contiguous, path)
    # safetensors makes files that their owner alone can read; robots run as somebody else.
    path.chmod(0o644)


def _names(checkpoint: PublishedCheckpoint) -> tuple[str, ...]:
    return class_names(checkpoint.classes) if checkpoint.classes else ()


def _manifest(
    checkpoint: PublishedCheckpoint,
    config: NetworkConfig,
    file: Path,
    converted: ConvertedCheckpoint,
) -> dict[str, Any]:
    answers: dict[str, dict[str, Any]] = {
        'depth': {'kind': 'metric', **(checkpoint.depth.model_dump() if checkpoint.depth else {})},
        'segmentation': {'labels': LABELS},
        'query': {},
    }
    return {
        'format': 1,
        'name': checkpoint.name,
        'task': checkpoint.task,
        'method': checkpoint.method,
        'licence': checkpoint.licence,
        'description': f'{checkpoint.title}. Weights of {checkpoint.paper}, imported.',
        'training': {
            **checkpoint.training,
            'published': checkpoint.code,
            'imported_from': file.name,
            'imported_sha256': sha256_of(file),
            'tensors': (
                f'{len(converted.used)} used, {len(converted.unused)} known to be unused, '
                f'{len(converted.copies)} copies of used ones'
            ),
            'command': f'diffperc import {file.name} --as {checkpoint.name}',
        },
        'input': checkpoint.input.model_dump(),
        checkpoint.task: answers[checkpoint.task],
        'prompt': _prompt(checkpoint),
        'network': {'file': WEIGHTS, 'configuration': to_dict(config)},
    }


def _prompt(checkpoint: PublishedCheckpoint) -> dict[str, Any] | None:
    if checkpoint.method == 'metaprompts':
        return {'source': 'learned'}
    if checkpoint.task == 'query':
        return None
    source = 'class_mean' if checkpoint.task == 'depth' else 'all_classes'
    return {'source': source, 'names': list(_names(checkpoint))}
