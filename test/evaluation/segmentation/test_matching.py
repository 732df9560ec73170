# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diffperc_ros.core.errors import DiffpercError, EvaluationError, SettingError
from diffperc_ros.core.frame import Stamp
from diffperc_ros.core.results import Segmentation
from diffperc_ros.evaluation.segmentation.matching import match_labels, read_label_map

KNOWN = ('floor', 'wall', 'chair')


def answer(*ids: int) -> Segmentation:
    values = np.array([ids], np.uint8)
    names = {1: 'floor', 2: 'wall', 3: 'chair'}
    return Segmentation(values, values, names, Stamp(0, 0), '', None)


def numbers(*values: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    return np.array([values], np.uint16)


def test_classes_are_matched_by_name_whatever_their_numbers() -> None:
    match = match_labels({9: 'chair', 4: 'floor', 7: 'tree'}, KNOWN, {})

    assert match.classes == KNOWN
    assert match.labels(numbers(9, 4, 7, 0, 255)).tolist() == [[2, 0, 255, 255, 255]]
    assert match.answers(answer(1, 2, 3)).tolist() == [[0, 1, 2]]
    assert match.ignored_names == ('tree',)


def test_a_pixel_without_a_class_is_wrong_whatever_its_label() -> None:
    match = match_labels({1: 'floor'}, KNOWN, {})

    assert match.answers(answer(0, 255)).tolist() == [[3, 3]]


def test_a_map_renames_and_leaves_out() -> None:
    match = match_labels(
        {1: 'floor, flooring', 2: 'armchair', 3: 'wall'},
        KNOWN,
        {'floor, flooring': 'floor', 'armchair': 'chair', 'wall': None},
    )

    assert match.labels(numbers(1, 2, 3)).tolist() == [[0, 2, 255]]
    assert match.ignored_names == ('wall',)


def test_what_was_not_asked_for_is_other_on_both_sides() -> None:
    match = match_labels({1: 'floor', 2: 'tree', 3: 'wall'}, KNOWN, {'wall': None}, ['floor'])

    assert match.classes == ('floor', 'other')
    assert match.labels(numbers(1, 2, 3, 0)).tolist() == [[0, 1, 255, 255]]
    assert match.answers(answer(1, 2, 0, 255)).tolist() == [[0, 1, 1, 2]]


@pytest.mark.parametrize(
    ('recorded', 'label_map', 'wanted', 'kind', 'message'),
    [
        ({1: 'tree'}, {}, (), EvaluationError, 'no recorded class is one of the model'),
        ({1: 'tree'}, {'tree': 'plant'}, (), SettingError, "no class 'plant'; it knows: floor"),
        ({1: 'floor'}, {}, ('lamp',), SettingError, "no class 'lamp'"),
    ],
)
def test_what_cannot_be_matched(
    recorded: dict[int, str],
    label_map: dict[str, str],
    wanted: tuple[str, ...],
    kind: type[DiffpercError],
    message: str,
) -> None:
    with pytest.raises(kind, match=message):
        match_labels(recorded, KNOWN, label_map, wanted)


def test_a_map_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / 'map.yaml'
    file.write_text('armchair: chair\ntree: null\n')

    assert read_label_map(file) == {'armchair': 'chair', 'tree': None}


@pytest.mark.parametrize('text', ['- a', 'a: [b]', 'a: {b: c}', '\x00', ''])
def test_a_file_that_is_no_map_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / 'map.yaml'
    file.write_text(text)

    with pytest.raises(SettingError, match='not a label map'):
        read_label_map(file)
