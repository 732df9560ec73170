# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from diffperc_ros.scenes.classes import CLASSES
from diffperc_ros.scenes.vocabulary import RULES, meaning_of

USED = Path(__file__).parents[2] / 'docs' / 'scenes_attribution.csv'


def meanings() -> dict[tuple[str, str], tuple[str, str] | None]:
    with USED.open(encoding='utf-8') as stream:
        rows = list(csv.DictReader(stream))
    return {
        (row['name'], row['category']): meaning_of(row['name'], row['category']) for row in rows
    }


def test_every_model_in_use_has_a_class_and_a_noun() -> None:
    found = meanings()
    assert len(found) > 400
    assert not [name for name, meaning in found.items() if meaning is None]
    assert {label for label, _ in filter(None, found.values())} <= set(CLASSES)


def test_no_noun_is_there_for_nothing() -> None:
    nouns = {(label, noun) for label, rules in RULES for noun in rules}
    assert nouns == set(meanings().values())


@pytest.mark.parametrize(
    ('name', 'category', 'label', 'noun'),
    [
        ('Coffee table', 'Living room', 'table', 'coffee table'),
        ('Table tennis bat', 'Miscellaneous', 'object', 'bat'),
        ('Table tennis', 'Miscellaneous', 'table', 'ping-pong table'),
        ('Chest freezer', 'Kitchen', 'object', 'chest freezer'),
        ('Modern armchair', 'Living room', 'chair', 'armchair'),
        ('Armchair ottoman', 'Living room', 'chair', 'ottoman'),
        ('Futon', 'Bedroom', 'bed', 'bed'),
        ('Futon couch', 'Living room', 'sofa', 'sofa'),
        ('Socket', 'Bedroom', 'object', 'sock'),
        ('Wall socket', 'Miscellaneous', 'object', 'socket'),
        ('Shower curtain', 'Bathroom', 'object', 'shower curtain'),
        ('Curtain', 'Miscellaneous', 'window', 'curtain'),
        ('Sitting female', 'Characters', 'person', 'woman'),
        ('Male', 'Characters', 'person', 'man'),
    ],
)
def test_names_that_hold_the_word_of_another_class(
    name: str, category: str, label: str, noun: str
) -> None:
    assert meaning_of(name, category) == (label, noun)


@pytest.mark.parametrize('name', ['Contemporary living room', 'Chairlift', ''])
def test_what_no_rule_knows_has_no_meaning(name: str) -> None:
    assert meaning_of(name, 'Living room') is None
