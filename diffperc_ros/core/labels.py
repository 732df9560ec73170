# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Names and colours of the classes that a segmentation model knows."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diffperc_ros.core.errors import SettingError

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""

GOLDEN_RATIO = 0.618033988749895


@dataclass(frozen=True)
class Label:
    """One class: its channel in the network's output, its name, its colour."""

    index: int
    name: str
    colour: Colour


@dataclass(frozen=True)
class LabelSet:
    """The classes of a model, in the order of the network's output channels.

    Raises
    ------
    SettingError : no labels, an empty or repeated name, indices that are not 0, 1, 2, ...
    """

    labels: tuple[Label, ...]

    def __post_init__(self) -> None:
        if not self.labels:
            raise SettingError('a label set needs at least one label')
        if [label.index for label in self.labels] != list(range(len(self.labels))):
            raise SettingError(
                'label indices must count 0, 1, 2, ... in the order of the channels'
            )
        names = [label.name for label in self.labels]
        for name in names:
            if not name.strip():
                raise SettingError('a label has an empty name')
            if names.count(name) > 1:
                raise SettingError(f"the label '{name}' stands there more than once")

    @classmethod
    def from_names(cls, names: Sequence[str]) -> LabelSet:
        """Make labels with deterministic, well separated colours."""
        return cls(
            tuple(Label(index, name, label_colour(index)) for index, name in enumerate(names))
        )

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[Label]:
        return iter(self.labels)

    def by_name(self, name: str) -> Label:
        """Return the label with exactly this name.

        Raises
        ------
        SettingError : there is none; the message lists the names there are.
        """
        for label in self.labels:
            if label.name == name:
                return label
        known = ', '.join(label.name for label in self.labels)
        raise SettingError(f"no label is called '{name}'; there are: {known}")


def label_colour(index: int) -> Colour:
    """Return the colour of class `index`: hues a golden ratio apart, so neighbours differ."""
    hue = (index * GOLDEN_RATIO) % 1.0
    value = 1.0 if index % 2 == 0 else 0.75
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.65, value)
    return round(255 * red), round(255 * green), round(255 * blue)
