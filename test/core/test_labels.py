# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from diffperc_ros.core.errors import SettingError
from diffperc_ros.core.labels import Label, LabelSet, label_colour


def test_colours_are_deterministic_and_differ() -> None:
    colours = [label_colour(index) for index in range(100)]
    assert len(set(colours)) == 100
    assert colours == [label_colour(index) for index in range(100)]


def test_labels_are_found_by_exact_name() -> None:
    labels = LabelSet.from_names(['wall', 'floor'])
    assert labels.by_name('floor').index == 1
    assert [label.name for label in labels] == ['wall', 'floor']
    with pytest.raises(SettingError, match='wall, floor'):
        labels.by_name('Floor')


@pytest.mark.parametrize(
    'labels',
    [
        (),
        (Label(1, 'wall', (0, 0, 0)),),
        (Label(0, ' ', (0, 0, 0)),),
        (Label(0, 'wall', (0, 0, 0)), Label(1, 'wall', (1, 1, 1))),
    ],
)
def test_label_sets_that_cannot_be(labels: tuple[Label, ...]) -> None:
    with pytest.raises(SettingError):
        LabelSet(labels)
