# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffperc_ros.core.errors import EvaluationError, SettingError
from diffperc_ros.evaluation.metrics.pose import (
    SIGMAS,
    PersonPose,
    keypoint_similarity,
    pose_metrics,
    suppress_duplicates,
    write_coco_results,
)
from diffperc_ros.evaluation.metrics.pose_protocol import PoseProtocol

AREA = 8000.0
BOX = (100.0, 80.0, 80.0, 160.0)


def points(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform((100, 80), (180, 240), (17, 2)).round()


def annotation(number: int, image: int, keypoints: np.ndarray, **other: Any) -> dict[str, Any]:
    return {
        'id': number,
        'image_id': image,
        'category_id': 1,
        'keypoints': np.column_stack((keypoints, np.full(17, 2))).ravel().tolist(),
        'num_keypoints': 17,
        'area': AREA,
        'bbox': list(BOX),
        'iscrowd': 0,
        **other,
    }


def truth(*annotations: dict[str, Any], images: int = 2) -> dict[str, Any]:
    return {
        'images': [{'id': number} for number in range(images)],
        'annotations': list(annotations),
        'categories': [{'id': 1, 'name': 'person'}],
    }


def person(image: int, where: np.ndarray, score: float = 1.0) -> PersonPose:
    return PersonPose(image, where, np.full(17, score), BOX, 1.0)


TWO = truth(annotation(1, 0, points(0)), annotation(2, 1, points(1)))
PERFECT = [person(0, points(0)), person(1, points(1))]


def test_perfect_keypoints_give_one() -> None:
    pytest.importorskip('pycocotools')
    metrics = pose_metrics(TWO, PERFECT)
    assert (metrics.ap, metrics.ap50, metrics.ap75, metrics.ar) == (1, 1, 1, 1)
    assert metrics.ap_medium == 1
    assert math.isnan(metrics.ap_large)


@pytest.mark.parametrize('shift', [2.0, 5.0, 8.0, 12.0, 20.0])
def test_a_known_shift_costs_what_the_formula_says(shift: float) -> None:
    """OKS is the mean of exp(-d^2 / (2 area k^2)), k = 2 sigma; AP the share of thresholds met."""
    pytest.importorskip('pycocotools')
    expected = sum(
        math.exp(-(shift**2) / (2 * AREA * (2 * sigma) ** 2)) for sigma in SIGMAS
    ) / len(SIGMAS)
    thresholds = [0.5 + 0.05 * step for step in range(10)]
    assert min(abs(expected - threshold) for threshold in thresholds) > 1e-3
    moved = [replace(one, points=one.points + np.array([shift, 0])) for one in PERFECT]
    metrics = pose_metrics(TWO, moved)
    met = sum(expected >= threshold for threshold in thresholds)
    assert metrics.ap == pytest.approx(met / 10)
    assert metrics.ap50 == (expected >= 0.5)
    assert keypoint_similarity(points(), points() + np.array([0, shift]), AREA) == pytest.approx(
        expected
    )


def test_sigmas_are_cocos() -> None:
    cocoeval = pytest.importorskip('pycocotools.cocoeval')
    np.testing.assert_allclose(cocoeval.Params('keypoints').kpt_oks_sigmas, SIGMAS)


def test_only_labelled_keypoints_are_compared() -> None:
    pytest.importorskip('pycocotools')
    half = annotation(1, 0, points(0), num_keypoints=8)
    half['keypoints'][26::3] = [0] * 9
    wrong = points(0)
    wrong[8:] += 500
    assert pose_metrics(truth(half), [person(0, wrong)]).ap == pytest.approx(1)


def test_a_missed_person_costs_recall_and_an_invented_one_precision() -> None:
    pytest.importorskip('pycocotools')
    assert pose_metrics(TWO, PERFECT[:1]).ar == 0.5
    invented = person(0, points(0) + 300, score=1.0)
    ranked_first = [replace(one, scores=np.full(17, 0.5)) for one in PERFECT]
    assert pose_metrics(TWO, [*ranked_first, invented]).ap < 0.9


def test_the_ground_truth_stays_as_it_was() -> None:
    pytest.importorskip('pycocotools')
    before = json.dumps(TWO)
    pose_metrics(TWO, PERFECT)
    assert json.dumps(TWO) == before


def test_the_results_file_is_cocos(tmp_path: Path) -> None:
    write_coco_results([replace(PERFECT[0], box_score=0.5)], tmp_path / 'results.json')
    (entry,) = json.loads((tmp_path / 'results.json').read_text())
    assert (entry['image_id'], entry['category_id'], entry['score']) == (0, 1, 0.5)
    assert entry['keypoints'][:3] == [*points(0)[0], 1.0]
    assert len(entry['keypoints']) == 51


def test_of_two_alike_the_better_one_stays() -> None:
    better, worse = person(0, points(0), 0.9), person(0, points(0) + 1, 0.8)
    elsewhere, other_picture = person(0, points(0) + 40, 0.7), person(1, points(0), 0.6)
    kept = suppress_duplicates([worse, elsewhere, better, other_picture])
    assert {id(one) for one in kept} == {id(better), id(elsewhere), id(other_picture)}
    assert len(suppress_duplicates([better, worse], threshold=0.9999)) == 2


@pytest.mark.parametrize(
    ('people', 'message'),
    [([], 'no predictions'), ([person(7, points())], r'pictures \[7\]')],
)
def test_what_cannot_be_measured_is_named(people: list[PersonPose], message: str) -> None:
    pytest.importorskip('pycocotools')
    with pytest.raises(EvaluationError, match=message):
        pose_metrics(TWO, people)


def test_without_pycocotools_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, 'pycocotools.coco', None)
    with pytest.raises(SettingError, match=r'diffperc_ros\[pose\]'):
        pose_metrics(TWO, PERFECT)


def test_the_protocol_is_one_line() -> None:
    line = PoseProtocol('COCO val2017', boxes='ground truth').line()
    assert 'boxes: ground truth' in line
    assert 'shift flipped: False' in line
    assert '\n' not in line
