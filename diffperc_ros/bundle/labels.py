# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The label file of a segmentation bundle."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import BundleError, SettingError
from diffperc_ros.core.labels import Label, LabelSet

_Level = Annotated[int, Field(ge=0, le=255)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra='forbid')

    name: str
    colour: tuple[_Level, _Level, _Level]


_FILE = TypeAdapter(list[_Entry])


def read_labels(bundle: Bundle) -> LabelSet:
    """Return the classes of a segmentation bundle, in the order of the graph's channels.

    Raises
    ------
    BundleError : a bundle of another task, or a label file that is not a list of names and
        colours, or repeats a name.
    """
    file = bundle.file(bundle.segmentation.labels)
    try:
        entries = _FILE.validate_python(yaml.safe_load(file.read_text('utf-8')))
        return LabelSet(
            tuple(Label(index, entry.name, entry.colour) for index, entry in enumerate(entries))
        )
    except (yaml.YAMLError, ValidationError, SettingError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise BundleError(
            f'{file}: not a label file (a list of name and colour: [r, g, b]): {reason}'
        ) from error


def write_labels(file: Path, labels: Iterable[Label]) -> None:
    """Write a bundle's label file."""
    entries = [{'name': label.name, 'colour': list(label.colour)} for label in labels]
    file.write_text(yaml.safe_dump(entries, sort_keys=False, allow_unicode=True))
