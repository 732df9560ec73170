# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Human pose: average precision by object keypoint similarity (OKS), measured by pycocotools."""

from __future__ import annotations

import contextlib
import io
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import EvaluationError, SettingError
from diffperc_ros.core.files import write_whole

PERSON = 1
"""COCO's number for the category."""

SIGMAS = np.array(
    [26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89], np.float64
)
SIGMAS /= 1000
"""How far annotators disagree about each of COCO's keypoints, in square roots of the area."""


@dataclass(frozen=True, eq=False)
class PersonPose:
    """A predicted person.

    Parameters
    ----------
    image_id : COCO's number of the picture.
    points : (17, 2) x, y in pixels of the picture.
    scores : (17,) in [0, 1].
    box : left, top, width, height that the person was looked for in.
    box_score : certainty of the box; 1 for a box of the ground truth.
    """

    image_id: int
    points: NDArray[np.float64]
    scores: NDArray[np.float64]
    box: tuple[float, float, float, float]
    box_score: float

    @property
    def score(self) -> float:
        """What people are ranked by: box score times mean keypoint score."""
        return self.box_score * float(self.scores.mean())

    @property
    def area(self) -> float:
        """Area of the box, pixels."""
        return self.box[2] * self.box[3]


@dataclass(frozen=True)
class PoseMetrics:
    """COCO's figures, in [0, 1]; NaN where the set has nobody of that size.

    Parameters
    ----------
    ap : mean of the average precisions at OKS 0.50, 0.55, ..., 0.95.
    ap50, ap75 : average precision at one OKS.
    ap_medium, ap_large : `ap` over people of 32^2 to 96^2 pixels, and over larger ones.
    ar : mean recall over the same thresholds, 20 people a picture.
    """

    ap: float
    ap50: float
    ap75: float
    ap_medium: float
    ap_large: float
    ar: float


def keypoint_similarity(
    points: NDArray[np.floating], others: NDArray[np.floating], area: float
) -> float:
    """Return the OKS of two persons (17, 2), all keypoints labelled: 1 is the same.

    The mean over keypoints of exp(-d^2 / (2 area (2 sigma)^2)) (COCO's definition).
    """
    squares = ((points - others) ** 2).sum(axis=-1)
    return float(np.exp(-squares / (2 * area * (2 * SIGMAS) ** 2)).mean())


def suppress_duplicates(people: Sequence[PersonPose], threshold: float = 0.9) -> list[PersonPose]:
    """Drop who is more similar than `threshold` to somebody of a higher score in the same picture.

    The area of a similarity is the mean of both boxes' (OKS-NMS as Simple Baselines has it).
    """
    kept: dict[int, list[PersonPose]] = defaultdict(list)
    for person in sorted(people, key=lambda person: -person.score):
        rivals = kept[person.image_id]
        if all(_similarity(person, rival) <= threshold for rival in rivals):
            rivals.append(person)
    return [person for rivals in kept.values() for person in rivals]


def coco_results(people: Sequence[PersonPose]) -> list[dict[str, Any]]:
    """Return predictions in the form of COCO's results file."""
    return [
        {
            'image_id': person.image_id,
            'category_id': PERSON,
            'keypoints': np.column_stack((person.points, person.scores)).ravel().tolist(),
            'score': person.score,
        }
        for person in people
    ]


def write_coco_results(people: Sequence[PersonPose], path: Path) -> None:
    """Write the results file that COCO's server and pycocotools read.

    Raises
    ------
    OutputError : the file cannot be written.
    """
    write_whole(path, json.dumps(coco_results(people)))


def pose_metrics(ground_truth: Mapping[str, Any], people: Sequence[PersonPose]) -> PoseMetrics:
    """Measure predictions over all pictures of a set.

    Parameters
    ----------
    ground_truth : COCO's person_keypoints_*.json, read.
    people : predictions; pictures without any count too.

    Raises
    ------
    EvaluationError : no predictions, or predictions for pictures that the set does not have.
    SettingError : pycocotools is not installed.
    """
    try:
        from pycocotools.coco import COCO  # type: ignore[import-untyped,import-not-found,unused-ignore]
        from pycocotools.cocoeval import COCOeval  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError as error:
        raise SettingError(
            "pose is measured by pycocotools: pip install 'diffperc_ros[pose]'"
        ) from error
    if not people:
        raise EvaluationError('there are no predictions, so nothing can be measured')
    unknown = {person.image_id for person in people} - {
        picture['id'] for picture in ground_truth['images']
    }
    if unknown:
        raise EvaluationError(
            f'predictions for pictures {sorted(unknown)[:5]} that the ground truth does not have'
        )
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        # pycocotools writes into the annotations.
        truth.dataset = json.loads(json.dumps(dict(ground_truth)))
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(coco_results(people)), 'keypoints')
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    figures = [float(value) if value >= 0 else float('nan') for value in evaluation.stats[:6]]
    return PoseMetrics(*figures)


def _similarity(one: PersonPose, other: PersonPose) -> float:
    return keypoint_similarity(one.points, other.points, (one.area + other.area) / 2)
