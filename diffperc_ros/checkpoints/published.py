# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is known of every published checkpoint, from `models/published/*.yaml`.

The weights themselves are not part of this package: their authors publish them, under their terms.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from diffperc_ros.bundle.locate import model_folders
from diffperc_ros.bundle.manifest import ImageInput, Task
from diffperc_ros.core.errors import BundleError, SettingError

FOLDER = 'published'
CLASSES = 'classes'


class _Section(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True)


class Result(_Section):
    """One row of the authors' tables. Nothing of it was measured here."""

    dataset: str
    metrics: dict[str, float]
    passes: str
    """Forward passes of the network that one answer took."""
    test_time: str
    """Windows, scales, mirroring, cropping: what was done to get the figures."""
    told: str
    """What the network was told beside the picture that a robot would not know, or 'nothing'."""


class PublishedFile(_Section):
    """One file of weights, where its authors offer it."""

    file: str
    """The authors' name of it, or what their page calls it."""
    url: Annotated[str, Field(pattern='^https://')]
    results: Annotated[tuple[Result, ...], Field(min_length=1)]


class Depth(_Section):
    """Range and scale of a depth checkpoint, as in a bundle's manifest."""

    min_depth: Annotated[float, Field(gt=0)]
    max_depth: Annotated[float, Field(gt=0)]
    focal_length: Annotated[float, Field(gt=0)]


class PublishedCheckpoint(_Section):
    """All of one `models/published/<name>.yaml`."""

    name: Annotated[str, Field(pattern='^[a-z0-9][a-z0-9+-]*$')]
    title: str
    task: Task
    method: Literal['vpd', 'metaprompts']
    paper: str
    code: Annotated[str, Field(pattern='^https://')]
    licence: str
    """One line, for the bundle."""
    terms: Annotated[tuple[str, ...], Field(min_length=1)]
    """What whoever uses the weights should know of code, base weights and data."""
    training: dict[str, str]
    files: Annotated[tuple[PublishedFile, ...], Field(min_length=1)]
    layout: str
    """How the file names its tensors: a key of `checkpoints.layout.LAYOUTS`."""
    network: dict[str, Any]
    """Configuration of our network; what is left out has the published default."""
    input: ImageInput
    """Picture that a graph of it takes: the published size where a robot's camera has it."""
    depth: Depth | None = None
    classes: str | None = None
    """Names of the classes or rooms: a file of `models/published/classes`."""
    verified: Annotated[tuple[str, ...], Field(min_length=1)]
    """What of it is checked in this repository, and how."""

    @model_validator(mode='after')
    def _sections(self) -> PublishedCheckpoint:
        if (self.depth is not None) != (self.task == 'depth'):
            raise ValueError('depth checkpoints, and only they, have a section depth')
        if self.task == 'segmentation' and self.classes is None:
            raise ValueError('a segmentation checkpoint names its classes')
        return self


def published_checkpoints() -> dict[str, PublishedCheckpoint]:
    """Return every published checkpoint that is described here, by name, in alphabetical order.

    Raises
    ------
    BundleError : a description that is not valid.
    """
    found: dict[str, PublishedCheckpoint] = {}
    for folder in model_folders():
        for path in sorted((folder / FOLDER).glob('*.yaml')):
            found.setdefault(path.stem, _read(path))
    return dict(sorted(found.items()))


def published_checkpoint(name: str) -> PublishedCheckpoint:
    """Return one description by its exact name.

    Raises
    ------
    SettingError : there is none; the message lists the names there are.
    """
    known = published_checkpoints()
    if name not in known:
        raise SettingError(
            f"no published checkpoint is called '{name}'; known: {', '.join(known)}"
        )
    return known[name]


def class_names(name: str) -> tuple[str, ...]:
    """Return a list of class names, in the order of the rows or channels that they name.

    Raises
    ------
    BundleError : no such list.
    """
    for folder in model_folders():
        path = folder / FOLDER / CLASSES / f'{name}.yaml'
        if path.is_file():
            return tuple(yaml.safe_load(path.read_text('utf-8')))
    raise BundleError(f"models/{FOLDER}/{CLASSES} has no list '{name}'")


def _read(path: Path) -> PublishedCheckpoint:
    try:
        checkpoint = PublishedCheckpoint.model_validate(yaml.safe_load(path.read_text('utf-8')))
    except (yaml.YAMLError, ValidationError) as error:
        reason = ' '.join(str(error).split())
        raise BundleError(f'{path}: not a description of a checkpoint: {reason}') from error
    if checkpoint.name != path.stem:
        raise BundleError(f"{path}: names itself '{checkpoint.name}'; file and name must agree")
    return checkpoint
