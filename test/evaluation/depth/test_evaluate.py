# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from support.memory_source import MemorySource, ScriptedPredictor, flat

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.depth.evaluate import evaluate
from diffperc_ros.evaluation.depth.protocol import Protocol
from diffperc_ros.evaluation.depth.results import Evaluation
from diffperc_ros.evaluation.walk import spread


def run(source: MemorySource, *answers: Any, tolerance_ms: float = 0.0, **more: Any) -> Evaluation:
    protocol = Protocol(source.name, tolerance_ms=tolerance_ms)
    return evaluate(source, ScriptedPredictor(answers), protocol, **more)


def counts(evaluation: Evaluation) -> dict[str, int]:
    return {name: count for name, count in asdict(evaluation.counts).items() if count}


def test_figures_of_three_frames_by_hand() -> None:
    source = MemorySource({0: flat(1.0), 100: flat(2.0), 200: flat(4.0)})

    evaluation = run(source, flat(2.0))

    assert counts(evaluation) == {'predictions': 3, 'truths': 3, 'evaluated': 3, 'metric': 3}
    assert evaluation.depth is not None
    metric = evaluation.depth.figures['metric']
    assert metric is not None
    assert metric.abs_rel == pytest.approx((1 + 0 + 0.5) / 3)
    assert [frame.score.scale for frame in evaluation.frames if frame.score] == [0.5, 1.0, 2.0]
    assert evaluation.notes == ()
    assert list(evaluation.latencies_ms) == [10.0] * 3


def test_every_stamp_is_accounted_for() -> None:
    source = MemorySource(
        truth={
            0: flat(1.0),
            100: flat(np.nan),
            200: flat(1.0),
            300: None,
            400: flat(1.0),
            950: None,
        },
        frame_stamps_ms=[0, 100, 200, 300, 400, 500, 600],
        unreadable=(0,),
    )

    evaluation = run(source, flat(1.0), flat(1.0), flat(np.nan), flat(1.0), flat(1.0))

    assert counts(evaluation) == {
        'predictions': 7,
        'truths': 6,
        'unmatched_prediction': 2,
        'unmatched_truth': 1,
        'failed': 1,
        'without_truth': 2,
        'without_answer': 1,
        'evaluated': 1,
        'metric': 1,
    }


def test_only_frames_with_a_partner_are_computed() -> None:
    source = MemorySource({100: flat(1.0)}, frame_stamps_ms=[0, 100, 200])
    predictor = ScriptedPredictor([flat(1.0)])

    evaluate(source, predictor, Protocol('memory'))

    assert predictor.asked == [1]


def test_neighbours_pair_within_the_tolerance_and_that_is_said() -> None:
    source = MemorySource({3: flat(1.0), 104: flat(1.0)}, frame_stamps_ms=[0, 100])

    evaluation = run(source, flat(1.0), tolerance_ms=5.0)

    assert evaluation.counts.evaluated == 2
    assert any('4.000 ms apart' in note for note in evaluation.notes)


def test_failed_frames_are_counted_and_keep_their_reason() -> None:
    evaluation = run(MemorySource({0: flat(1.0), 100: flat(1.0)}), 'out of memory', flat(1.0))

    assert counts(evaluation)['failed'] == 1
    assert [frame.problem for frame in evaluation.frames] == ['out of memory', '']


def test_fewer_frames_are_spread_over_the_recording() -> None:
    source = MemorySource({stamp: flat(1.0) for stamp in range(0, 1000, 100)})
    predictor = ScriptedPredictor([flat(1.0)])

    evaluation = evaluate(source, predictor, Protocol('memory'), max_frames=4)

    assert predictor.asked == [0, 3, 6, 9]
    assert evaluation.counts.left_out == 6


def test_without_a_camera_there_are_median_scaled_figures_alone() -> None:
    evaluation = run(MemorySource({0: flat(1.0)}, has_camera=False), flat(3.0))

    assert evaluation.depth is not None
    assert evaluation.depth.figures['metric'] is None
    assert evaluation.depth.figures['median_scaled'] is not None
    assert any('1 of 1 predictions are relative' in note for note in evaluation.notes)


def test_another_camera_and_another_shape_are_said() -> None:
    source = MemorySource({0: flat(1.0, 6, 6)}, truth_frame_id='depth_camera')

    notes = ' '.join(run(source, flat(1.0, 4, 6)).notes)

    assert 'resized to the ground truth of 6x6' in notes
    assert 'do not see the same' in notes
    assert "'depth_camera'" in notes


@pytest.mark.parametrize(('far', 'said'), [(0, False), (1, True), (24, True)])
def test_depth_beyond_the_cap_that_does_not_count_is_said(far: int, said: bool) -> None:
    truth = flat(2.0)
    truth.flat[:far] = 10.0

    notes = ' '.join(run(MemorySource({0: truth, 100: flat(2.0)}), flat(1.0)).notes)

    assert ('beyond the cap of 10 m' in notes) is said


def test_baselines_and_trained_view_come_from_the_bundle(brightness_bundle: Bundle) -> None:
    manifest = brightness_bundle.manifest
    depth = manifest.depth.model_copy(update={'field_of_view': (80.0, 90.0)})
    bundle = Bundle(brightness_bundle.path, manifest.model_copy(update={'depth': depth}), 'digest')

    evaluation = run(MemorySource({0: flat(1.7)}), flat(1.0), bundle=bundle)

    assert evaluation.depth is not None
    baselines = evaluation.depth.baselines
    assert set(baselines) == {'median_depth', 'mean_map'}
    median = baselines['median_depth']['metric']
    assert median is not None
    assert median.abs_rel == pytest.approx(0.0, abs=1e-6)
    assert any('62 degrees' in note for note in evaluation.notes)  # 2 atan(3 / 5)


@pytest.mark.parametrize(
    ('source', 'answers', 'message'),
    [
        (MemorySource({}), [flat(1.0)], 'no frame to evaluate'),
        (MemorySource({}, frame_stamps_ms=[0]), [flat(1.0)], '--depth-topic'),
        (
            MemorySource({7: flat(1.0)}, frame_stamps_ms=[0]),
            [flat(1.0)],
            'nearest two are 7.000 ms apart.*--tolerance-ms',
        ),
        (MemorySource({0: flat(np.nan)}), [flat(1.0)], '1 have no valid ground truth'),
        (MemorySource({0: flat(1.0)}), ['out of memory'], 'no frame has a prediction: out of'),
        (MemorySource({0: flat(1.0)}, unreadable=(0,)), [flat(1.0)], 'none of the images'),
    ],
    ids=['no frames', 'no truth', 'no overlap', 'unknown truth', 'all fail', 'all unreadable'],
)
def test_no_figure_is_an_error_that_says_why(
    source: MemorySource, answers: list[Any], message: str
) -> None:
    with pytest.raises(EvaluationError, match=message):
        run(source, *answers)


def test_without_truth_there_may_be_pictures_and_latency() -> None:
    source = MemorySource({}, frame_stamps_ms=[0, 100])

    evaluation = run(source, flat(1.0), truth_required=False)

    assert evaluation.depth is None
    assert len(evaluation.frames) == len(evaluation.exhibits) == 2
    assert all(exhibit.truth is None for exhibit in evaluation.exhibits)


def test_progress_reaches_its_end() -> None:
    told: list[tuple[int, int]] = []
    source = MemorySource({0: flat(1.0), 100: flat(1.0)})

    run(source, flat(1.0), progress=lambda done, total: told.append((done, total)))

    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ('items', 'wanted', 'expected'),
    [
        ([], 3, []),
        ([1, 2], None, [1, 2]),
        ([1, 2], 5, [1, 2]),
        ([0, 1, 2, 3, 4], 1, [2]),
        ([0, 1, 2, 3, 4], 2, [0, 4]),
        ([0, 1, 2, 3, 4], 3, [0, 2, 4]),
    ],
)
def test_spread(items: list[int], wanted: int | None, expected: list[int]) -> None:
    assert spread(items, wanted) == expected
