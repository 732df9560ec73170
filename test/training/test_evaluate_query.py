# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from diffperc_ros.scenes.expressions.generate import Expression
from diffperc_ros.training.data.questions import Examination, Question, examinations
from diffperc_ros.training.evaluate_query import evaluate, only_unseen

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


def test_unseen_combinations_have_the_same_figures_when_asked_alone() -> None:
    def asked(number: int) -> Examination:
        first, last = np.zeros((2, 20, 20), bool)
        first[:8], last[9 + number :] = True, True
        questions = (
            Question(number, Expression(f'the chair {number}', (1,), 'name'), False, first),
            Question(number, Expression(f'the blue chair {number}', (2,), 'colour'), True, last),
            Question(number, Expression('the blue sofa', (), 'absent_colour'), True, first & last),
        )
        return Examination(np.full((20, 20, 3), number, np.uint8), questions)

    def answer(image: NDArray[np.uint8], phrase: str) -> NDArray[np.bool_]:
        return np.tri(20, k=int(image[0, 0, 0]) - len(phrase) // 2, dtype=bool)

    pictures = [asked(number) for number in range(6)]
    whole, alone = evaluate(answer, pictures), evaluate(answer, only_unseen(pictures))
    assert alone['unseen_combinations'] == whole['unseen_combinations']
    assert alone['absent_colour']['phrases'] == 6
    assert 'trained_combinations' in whole
    assert 'trained_combinations' not in alone


def test_the_interval_tells_how_much_a_few_pictures_decide() -> None:
    def group(pictures: int, found: int) -> dict[str, float]:
        mask = np.zeros((10, 10), bool)
        mask[2:6, 2:6] = True
        asked = [
            Question(n, Expression(f'thing {n}', (1,), 'name'), False, mask)
            for n in range(pictures)
            for _ in range(2)
        ]
        examined = [
            Examination(np.full((10, 10, 3), n, np.uint8), tuple(asked[2 * n : 2 * n + 2]))
            for n in range(pictures)
        ]

        def answer(image: NDArray[np.uint8], phrase: str) -> NDArray[np.bool_]:
            return mask if image[0, 0, 0] < found else np.zeros_like(mask)

        return evaluate(answer, examined)['trained_combinations']

    few, many, sure = group(4, 2), group(64, 32), group(8, 8)
    for figures in (few, many):
        assert figures['overall_iou_low'] < figures['overall_iou'] < figures['overall_iou_high']
    # Resampled shares of one in two: the deviation of a mean falls with the root of the number.
    spread = many['overall_iou_high'] - many['overall_iou_low']
    assert spread == pytest.approx(2 * 1.96 * 0.5 / 8, abs=0.04)
    assert few['overall_iou_high'] - few['overall_iou_low'] > 2 * spread
    assert sure['overall_iou_low'] == sure['overall_iou_high'] == 1.0
