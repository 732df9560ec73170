# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which class of a model a recorded class is, and the numbers that both are compared under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from diffperc_ros.core.errors import EvaluationError, SettingError
from diffperc_ros.core.results import NONE, UNLABELLED, Segmentation
from diffperc_ros.evaluation.metrics.segmentation import IGNORED

OTHER = 'other'
"""Class of what was not asked for, where only some classes were."""

LabelMap = Mapping[str, str | None]
"""Name of a recorded class -> that of the model's, or None: its pixels do not count."""

_FILE = TypeAdapter(dict[str, str | None])


def read_label_map(file: Path) -> LabelMap:
    """Return a label map from a YAML file of `recorded name: model's name` (or null).

    Raises
    ------
    SettingError : the file is not such a mapping.
    """
    try:
        return _FILE.validate_python(yaml.safe_load(file.read_text('utf-8')))
    except (OSError, yaml.YAMLError, UnicodeDecodeError, ValidationError) as error:
        raise SettingError(
            f"{file}: not a label map (recorded name: model's name or null): "
            f'{str(error).splitlines()[0]}'
        ) from error


@dataclass(frozen=True, eq=False)
class LabelMatch:
    """Recorded and predicted classes under common numbers.

    Parameters
    ----------
    classes : what is compared, in the order of the numbers 0, 1, ...
    truth : uint8 (65536,), recorded value -> number, or IGNORED.
    ignored_names : recorded classes that are none of `classes`, sorted: their pixels do not count.
    """

    classes: tuple[str, ...]
    truth: NDArray[np.uint8]
    ignored_names: tuple[str, ...]

    @property
    def unanswered(self) -> int:
        """Number of 'no class' in predictions: wrong wherever a pixel is labelled."""
        return len(self.classes)

    def labels(self, values: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """Return the numbers of recorded values (h, w); IGNORED where a pixel does not count."""
        return self.truth[values]

    def answers(self, prediction: Segmentation) -> NDArray[np.uint8]:
        """Return the numbers of a prediction (h, w)."""
        numbers = {name: number for number, name in enumerate(self.classes)}
        table = np.full(256, self.unanswered, np.uint8)
        table[NONE] = numbers.get(OTHER, self.unanswered)
        for value, name in prediction.names.items():
            table[value] = numbers.get(name, numbers.get(OTHER, self.unanswered))
        table[UNLABELLED] = self.unanswered
        return table[prediction.class_ids]


def match_labels(
    recorded: Mapping[int, str],
    known: Sequence[str],
    label_map: LabelMap,
    wanted: Sequence[str] = (),
) -> LabelMatch:
    """Find what recorded classes are called by a model.

    Parameters
    ----------
    recorded : value -> name of the recorded classes.
    known : classes of the model.
    label_map : for names that differ; what is not in it keeps its name.
    wanted : compare these classes alone, all others being 'other'; empty: all that are known.

    Raises
    ------
    SettingError : the map, or `wanted`, names a class that the model does not know.
    EvaluationError : no recorded class is a class of the model.
    """
    targets = [target for target in label_map.values() if target is not None]
    for name in (*targets, *wanted):
        if name not in known and name != OTHER:
            raise SettingError(f"the model knows no class '{name}'; it knows: {', '.join(known)}")
    classes = (*wanted, OTHER) if wanted else tuple(known)
    numbers = {name: number for number, name in enumerate(classes)}
    truth = np.full(1 << 16, IGNORED, np.uint8)
    ignored = set()
    for value, name in recorded.items():
        target = label_map.get(name, name)
        number = numbers.get(target, numbers.get(OTHER)) if target is not None else None
        if number is None:
            ignored.add(name)
        else:
            truth[value] = number
    if (truth == IGNORED).all():
        raise EvaluationError(
            f'no recorded class is one of the model: recorded are {sorted(recorded.values())}, '
            f'the model knows {list(known)}; say with --label-map which is which'
        )
    return LabelMatch(classes, truth, tuple(sorted(ignored)))
