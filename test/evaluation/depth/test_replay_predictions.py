# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from support.bags import (
    CAMERA_INFO,
    DEPTH_TOPIC,
    IMAGE,
    INFO_TOPIC,
    Message,
    camera_info,
    drive,
    packed,
    stamp,
    write_bag,
)
from support.bundles import expected_depth

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import DiffpercError, EvaluationError, RecordingError
from diffperc_ros.evaluation.depth.from_paths import evaluate_bundle, evaluate_replay
from diffperc_ros.evaluation.depth.results import Evaluation
from diffperc_ros.evaluation.options import EvaluationOptions
from diffperc_ros.evaluation.sources.recording import TopicChoice
from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.replay.replay import replay
from diffperc_ros.replay.tasks.open import Request, open_task
from diffperc_ros.runtimes.options import EngineOptions

OPTIONS = EvaluationOptions()


def replayed(bag: Path, output: Path, bundle: Bundle) -> Path:
    with open_recording(bag) as recording, open_task(bundle, EngineOptions(), Request()) as task:
        replay(recording, output, task)
    return output


def figures(evaluation: Evaluation) -> list[object]:
    return [
        None if frame.score is None else frame.score.errors['median_scaled']
        for frame in evaluation.frames
    ]


def test_depth_of_a_replay_and_of_a_model_run_now_give_the_same_figures(
    tmp_path: Path, brightness_bundle: Bundle
) -> None:
    bag = write_bag(tmp_path / 'in', drive(3))
    out = replayed(bag, tmp_path / 'out', brightness_bundle)

    live = evaluate_bundle(bag, brightness_bundle, OPTIONS)
    again = evaluate_replay(bag, out, brightness_bundle, OPTIONS)

    assert live.depth == again.depth
    assert live.counts == again.counts
    assert live.protocol == again.protocol
    assert live.depth is not None
    # Frame i is of grey 40 i, its depth 1 + i metres.
    metric = live.depth.figures['metric']
    assert metric is not None
    expected = [abs(expected_depth(40 * i) / (1 + i) - 1) for i in range(3)]
    assert metric.abs_rel == pytest.approx(np.mean(expected), abs=1e-4)
    assert again.latencies_ms.size == 3
    assert again.notes == ()
    assert again.provenance['bundle']['sha256'] == brightness_bundle.sha256


def test_frames_that_the_replay_lost_are_failed_frames(
    tmp_path: Path, brightness_bundle: Bundle
) -> None:
    messages = drive(3)
    place = next(i for i, message in enumerate(messages) if message.stamp == stamp(0.1))
    messages[place].fields['encoding'] = 'unheard_of'
    bag = write_bag(tmp_path / 'in', messages)
    out = replayed(bag, tmp_path / 'out', brightness_bundle)

    evaluation = evaluate_replay(bag, out, brightness_bundle, OPTIONS)

    assert (evaluation.counts.failed, evaluation.counts.evaluated) == (1, 2)


def test_relative_and_metric_frames_of_one_replay(
    tmp_path: Path, brightness_bundle: Bundle
) -> None:
    first_info = stamp(0.2)
    messages = [
        message
        for message in drive(4)
        if message.kind != CAMERA_INFO or message.stamp >= first_info
    ]
    bag = write_bag(tmp_path / 'in', messages)
    out = replayed(bag, tmp_path / 'out', brightness_bundle)

    evaluation = evaluate_replay(bag, out, brightness_bundle, OPTIONS)

    assert (evaluation.counts.metric, evaluation.counts.evaluated) == (2, 4)
    assert figures(evaluation) == figures(evaluate_bundle(bag, brightness_bundle, OPTIONS))
    assert '2 of 4 predictions are relative' in ' '.join(evaluation.notes)


def recorded_live(values: Sequence[float]) -> list[Message]:
    """Return what somebody recorded from a running node: depth alone, no side files."""
    depth = [
        Message(
            '/depth/image_rect',
            IMAGE,
            stamp(0.1 * index),
            packed(np.full((48, 64), value, np.float32), '32FC1'),
        )
        for index, value in enumerate(values)
    ]
    info = [Message('/depth/camera_info', CAMERA_INFO, d.stamp, camera_info()) for d in depth]
    return [*depth, *info]


def test_depth_recorded_from_a_node_is_evaluated_too(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / 'in', drive(3))
    live = write_bag(tmp_path / 'live', recorded_live([1.0, 2.0, 6.0]))

    evaluation = evaluate_replay(bag, live, None, OPTIONS)

    assert evaluation.depth is not None
    metric = evaluation.depth.figures['metric']
    assert metric is not None
    assert metric.abs_rel == pytest.approx(1 / 3, abs=1e-5)
    assert evaluation.latencies_ms.size == 0
    assert evaluation.depth.baselines == {}
    assert 'without run.json' in evaluation.notes[0]


def test_a_replay_of_another_recording_is_said(tmp_path: Path, brightness_bundle: Bundle) -> None:
    bag = write_bag(tmp_path / 'in', drive(3))
    other = write_bag(tmp_path / 'other', drive(2))
    out = replayed(other, tmp_path / 'out', brightness_bundle)

    evaluation = evaluate_replay(bag, out, brightness_bundle, OPTIONS)

    assert 'another recording' in ' '.join(evaluation.notes)
    assert evaluation.counts.unmatched_truth == 1


def test_a_replay_of_another_model_is_refused(tmp_path: Path, brightness_bundle: Bundle) -> None:
    bag = write_bag(tmp_path / 'in', drive(1))
    out = replayed(bag, tmp_path / 'out', brightness_bundle)
    run = json.loads((out / 'run.json').read_text())
    run['bundle']['sha256'] = 'another'
    (out / 'run.json').write_text(json.dumps(run))

    with pytest.raises(EvaluationError, match='not with'):
        evaluate_replay(bag, out, brightness_bundle, OPTIONS)


@pytest.mark.parametrize(
    ('damage', 'message'),
    [
        (lambda out: (out / 'run.json').write_text('{'), 'run.json or frames.csv is damaged'),
        (lambda out: (out / 'frames.csv').write_text('a\n1\n'), 'is damaged'),
    ],
)
def test_damaged_side_files_are_named(
    tmp_path: Path,
    brightness_bundle: Bundle,
    damage: Callable[[Path], object],
    message: str,
) -> None:
    bag = write_bag(tmp_path / 'in', drive(1))
    out = replayed(bag, tmp_path / 'out', brightness_bundle)
    damage(out)

    with pytest.raises(RecordingError, match=message):
        evaluate_replay(bag, out, brightness_bundle, OPTIONS)


def test_a_bag_without_depth_of_ours_is_no_replay(
    tmp_path: Path, brightness_bundle: Bundle
) -> None:
    bag = write_bag(tmp_path / 'in', drive(1))

    with pytest.raises(RecordingError, match='no depth to evaluate'):
        evaluate_replay(bag, bag, brightness_bundle, OPTIONS)


@pytest.mark.parametrize('container', ['mcap_unindexed', 'sqlite3', 'ros1', 'mcap_split'])
def test_every_container_is_read_at_two_places_at_once(
    tmp_path: Path, brightness_bundle: Bundle, container: str
) -> None:
    expected = evaluate_bundle(write_bag(tmp_path / 'mcap', drive(4)), brightness_bundle, OPTIONS)
    bag = write_bag(tmp_path / 'other', drive(4), container)

    evaluation = evaluate_bundle(bag, brightness_bundle, OPTIONS)

    assert evaluation.depth == expected.depth


def second_depth() -> list[Message]:
    counts = np.full((48, 64), 5000, np.uint16)
    return [Message('/second/depth/image', IMAGE, stamp(0), packed(counts, '16UC1'))]


@pytest.mark.parametrize(
    ('messages', 'choice', 'error', 'message'),
    [
        (drive(2, depth=False), TopicChoice(), EvaluationError, '--depth-topic'),
        (drive(2) + second_depth(), TopicChoice(), RecordingError, '2 topics.*--depth-topic'),
        (drive(2), TopicChoice(depth='/nowhere'), RecordingError, '/nowhere'),
        (drive(2), TopicChoice(depth=INFO_TOPIC), RecordingError, 'carries no depth image'),
    ],
    ids=['none', 'ambiguous', 'unknown', 'no image'],
)
def test_depth_topics_that_cannot_be_used(
    tmp_path: Path,
    brightness_bundle: Bundle,
    messages: list[Message],
    choice: TopicChoice,
    error: type[DiffpercError],
    message: str,
) -> None:
    bag = write_bag(tmp_path / 'in', messages)

    with pytest.raises(error, match=message):
        evaluate_bundle(bag, brightness_bundle, EvaluationOptions(topics=choice))


def test_the_topic_and_unit_of_the_truth_can_be_chosen(
    tmp_path: Path, brightness_bundle: Bundle
) -> None:
    bag = write_bag(tmp_path / 'in', drive(2) + second_depth())
    choice = TopicChoice(depth=DEPTH_TOPIC, depth_unit=0.0005)

    evaluation = evaluate_bundle(bag, brightness_bundle, EvaluationOptions(topics=choice))

    # Frame 0: 0.5 m computed, 1000 counts of half a millimetre recorded.
    assert evaluation.frames[0].score is not None
    assert evaluation.frames[0].score.scale == pytest.approx(1.0)
    assert evaluation.provenance['recording']['topics']['depth'] == DEPTH_TOPIC
