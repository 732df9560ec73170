# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from diffperc_ros.scenes.expressions.generate import Expression
from diffperc_ros.training.data.questions import Examination, Question, examinations
from diffperc_ros.training.evaluate_query import evaluate

ABSENT = ('absent_colour', 'absent_name')


@pytest.fixture(scope='module')
def pictures(shards_with_words: Path) -> list[Examination]:
    return list(examinations([shards_with_words / 'shard-00015'], phrases=8))


class Oracle:
    """Knows the answers; asked about the wrong picture it still gives the phrase's own mask."""

    def __init__(self, pictures: list[Examination]) -> None:
        self.masks = {
            (picture.image.tobytes(), question.expression.phrase): question.mask
            for picture in pictures
            for question in picture.questions
        }

    def __call__(self, image: NDArray[np.uint8], phrase: str) -> NDArray[np.bool_]:
        return self.masks.get((image.tobytes(), phrase), np.zeros(image.shape[:2], bool))


def test_every_picture_is_asked_known_and_unknown_things(pictures: list[Examination]) -> None:
    assert len(pictures) == 8
    for number, picture in enumerate(pictures):
        assert picture.image.shape == (72, 96, 3)
        assert {question.picture for question in picture.questions} == {number}
        for question in picture.questions:
            assert question.mask.any() == bool(question.expression.instances)


def test_who_knows_everything_has_full_marks(pictures: list[Examination]) -> None:
    figures = evaluate(Oracle(pictures), pictures)
    assert figures['trained_combinations']['overall_iou'] == 1.0
    assert figures['trained_combinations']['shuffled_overall_iou'] < 0.9
    assert all(figures[name]['empty_share'] == 1.0 for name in ABSENT)
    forms = sum(group['phrases'] for name, group in figures.items() if name.startswith('form_'))
    assert forms == figures['trained_combinations']['phrases']


def test_who_ignores_the_words_loses_nothing_by_shuffling(pictures: list[Examination]) -> None:
    def everything(image: NDArray[np.uint8], phrase: str) -> NDArray[np.bool_]:
        return np.ones(image.shape[:2], bool)

    figures = evaluate(everything, pictures)
    group = figures['trained_combinations']
    assert group['overall_iou'] == group['shuffled_overall_iou'] < 0.6
    assert all(figures[name]['empty_share'] == 0.0 for name in ABSENT)


def test_larger_things_have_a_row_of_their_own() -> None:
    def asked(number: int, side: int, found: bool) -> tuple[Examination, str]:
        mask = np.zeros((100, 100), bool)
        mask[10 : 10 + side, 20 : 20 + side] = True
        phrase = f'{"found" if found else "missed"} {side}'
        question = Question(number, Expression(phrase, (1,), 'name'), True, mask)
        return Examination(np.full((100, 100, 3), number, np.uint8), (question,)), phrase

    asked_all = [asked(0, 23, True), asked(1, 30, False), asked(2, 22, False)]
    pictures = [picture for picture, _ in asked_all]

    def answer(image: NDArray[np.uint8], phrase: str) -> NDArray[np.bool_]:
        mask = pictures[int(image[0, 0, 0])].questions[0].mask
        return mask if phrase.startswith('found') else np.zeros_like(mask)

    figures = evaluate(answer, pictures)
    assert figures['unseen_combinations']['phrases'] == 3
    assert figures['unseen_combinations_large']['phrases'] == 2
    assert figures['unseen_combinations_large']['overall_iou'] == pytest.approx(529 / 1429)
    assert 'trained_combinations' not in figures
