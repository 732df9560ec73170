# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.bags import (
    CAMERA_INFO,
    COLOUR_TOPIC,
    COMPRESSED,
    CONTAINERS,
    DEPTH_TOPIC,
    FOCAL,
    IMAGE,
    INFO_TOPIC,
    Message,
    camera_info,
    compressed,
    drive,
    grey,
    packed,
    stamp,
    write_bag,
)
from support.bundles import expected_depth
from support.scripted_runtime import ScriptedRuntime, constant_depth

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import InferenceError, OutputError, RecordingError
from diffperc_ros.perception.depth import DepthEstimator
from diffperc_ros.recordings.order import Selection
from diffperc_ros.recordings.reader import RecordedDepth, open_recording
from diffperc_ros.recordings.writer import BagWriter
from diffperc_ros.replay.errors import NothingUsableError
from diffperc_ros.replay.replay import ReplayOptions, replay
from diffperc_ros.replay.summary import ReplaySummary
from diffperc_ros.replay.tasks.depth import CAMERA_INFO_TOPIC, RELATIVE_TOPIC, DepthTask
from diffperc_ros.replay.tasks.depth import DEPTH_TOPIC as OUTPUT_TOPIC
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime

SHARED_BAGS = Path(__file__).parents[2].parent / 'shared' / 'data' / 'bags'


@pytest.fixture(scope='module')
def estimator(brightness_bundle: Bundle) -> Iterator[DepthEstimator]:
    runtime = OnnxRuntime(brightness_bundle.file('depth.onnx'), threads=1)
    yield DepthEstimator(brightness_bundle, runtime)
    runtime.close()


def run(
    bag: Path,
    output: Path,
    estimator: DepthEstimator,
    stopped: Callable[[], bool] = lambda: False,
    **options: Any,
) -> ReplaySummary:
    with open_recording(bag) as recording:
        return replay(
            recording, output, DepthTask(estimator), ReplayOptions(**options), stopped=stopped
        )


def depths(output: Path, topic: str = OUTPUT_TOPIC) -> list[RecordedDepth]:
    with open_recording(output) as recording:
        return list(recording.depth_images(topic))


def run_json(output: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((output / 'run.json').read_text())
    return content


def rows(output: Path) -> list[dict[str, str]]:
    with (output / 'frames.csv').open() as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize('container', CONTAINERS)
def test_every_frame_once_with_its_header(
    tmp_path: Path, estimator: DepthEstimator, container: str
) -> None:
    bag = write_bag(tmp_path / 'in', drive(4), container)

    summary = run(bag, tmp_path / 'out', estimator)

    assert (summary.complete, summary.count('metric'), summary.dropped) == (True, 4, {})
    written = depths(tmp_path / 'out')
    assert [depth.stamp.nanoseconds for depth in written] == [stamp(0.1 * i) for i in range(4)]
    assert [depth.receive_time_ns for depth in written] == [
        stamp(0.1 * index) + 3_000_000 for index in range(4)
    ]
    for index, depth in enumerate(written):
        np.testing.assert_allclose(depth.values, expected_depth(40 * index), rtol=1e-5)
    with open_recording(tmp_path / 'out') as recording:
        assert [(topic.name, topic.encoding) for topic in recording.topics] == [
            (CAMERA_INFO_TOPIC, ''),
            (OUTPUT_TOPIC, '32FC1'),
        ]
        (camera,) = {
            recorded.frame.camera and recorded.frame.camera.fx for recorded in open_frames(bag)
        }
        assert camera == FOCAL
        assert recording.stamps(CAMERA_INFO_TOPIC) == recording.stamps(OUTPUT_TOPIC)


def open_frames(bag: Path) -> list[Any]:
    with open_recording(bag) as recording:
        return list(recording.frames(COLOUR_TOPIC, INFO_TOPIC))


def without_times(output: Path) -> tuple[dict[str, Any], list[dict[str, str]]]:
    content, table = run_json(output), rows(output)
    del content['time']
    return content, [
        {name: cell for name, cell in row.items() if not name.endswith('_ms')} for row in table
    ]


def test_two_runs_are_the_same_but_for_the_time_they_took(
    tmp_path: Path, estimator: DepthEstimator
) -> None:
    bag = write_bag(tmp_path / 'in', drive(5))
    for name in ('a', 'b'):
        run(bag, tmp_path / name / 'out', estimator)

    first, second = tmp_path / 'a' / 'out', tmp_path / 'b' / 'out'
    assert (first / 'out.mcap').read_bytes() == (second / 'out.mcap').read_bytes()
    assert without_times(first) == without_times(second)
    assert run_json(first)['output']['messages'] == {OUTPUT_TOPIC: 5, CAMERA_INFO_TOPIC: 5}


def test_side_files_say_what_was_done(tmp_path: Path, estimator: DepthEstimator) -> None:
    bag = write_bag(tmp_path / 'in', drive(3))

    run(bag, tmp_path / 'out', estimator, depth_topic=DEPTH_TOPIC, engine_request={'threads': 1})

    content = run_json(tmp_path / 'out')
    assert content['complete'] is True
    assert content['input']['topics'] == {
        'image': COLOUR_TOPIC,
        'camera_info': INFO_TOPIC,
        'depth': DEPTH_TOPIC,
    }
    assert len(content['input']['sha256']) == 64
    assert content['bundle'] == {'name': 'brightness', 'sha256': estimator.bundle.sha256}
    assert content['engine']['name'] == 'onnxruntime'
    assert content['engine']['request'] == {'threads': 1}
    assert content['task'] == 'depth'
    assert content['parameters']['max_depth'] == 10.0
    assert content['prompt'] == {'source': 'learned'}
    assert content['counts'] == {
        'images': 3,
        'selected': 3,
        'metric': 3,
        'relative': 0,
        'dropped': {},
        'without_camera': {},
        'reused_camera_infos': 0,
        'stamp_reversals': 0,
        'duplicate_stamps': 0,
    }
    table = rows(tmp_path / 'out')
    assert [row['stamp'] for row in table] == [f'1700000000.{index}00000000' for index in range(3)]
    assert {(row['width'], row['height'], row['kind'], row['valid_ratio']) for row in table} == {
        ('64', '48', 'metric', '1')
    }
    assert float(table[2]['median_depth']) == pytest.approx(expected_depth(80), rel=1e-5)
    assert all(float(row['inference_ms']) > 0 for row in table)


def test_without_camera_info_depth_is_relative_and_says_why(
    tmp_path: Path, estimator: DepthEstimator
) -> None:
    messages = [message for message in drive(3) if message.topic != INFO_TOPIC]

    summary = run(write_bag(tmp_path / 'in', messages), tmp_path / 'out', estimator)

    assert (summary.count('metric'), summary.count('relative')) == (0, 3)
    assert summary.report.without_camera == {'no camera_info topic beside the image topic': 3}
    assert len(depths(tmp_path / 'out', RELATIVE_TOPIC)) == 3
    with open_recording(tmp_path / 'out') as recording:
        assert [topic.name for topic in recording.topics] == [RELATIVE_TOPIC]
    assert {row['kind'] for row in rows(tmp_path / 'out')} == {'relative'}


@pytest.mark.parametrize('broken', [np.zeros, lambda size: np.full(size, np.nan)])
def test_bad_camera_info_costs_only_its_own_frames_their_scale(
    tmp_path: Path, estimator: DepthEstimator, broken: Callable[[int], Any]
) -> None:
    messages = drive(3)
    bad = camera_info(k=broken(9), p=broken(12))
    messages[1] = Message(INFO_TOPIC, CAMERA_INFO, messages[1].stamp, bad)

    summary = run(write_bag(tmp_path / 'in', messages), tmp_path / 'out', estimator)

    assert [row.kind for row in summary.rows] == ['relative', 'metric', 'metric']
    assert len(depths(tmp_path / 'out')) == 2


def test_frames_that_fail_are_counted_with_a_reason(
    tmp_path: Path, brightness_bundle: Bundle
) -> None:
    def answer(call: int, inputs: Any) -> dict[str, Any]:
        if call == 1:
            raise InferenceError('the engine hiccupped')
        return constant_depth(np.nan if call == 2 else 2.0)(call, inputs)

    messages = drive(5, depth=False)
    messages[0] = Message(
        COLOUR_TOPIC, IMAGE, messages[0].stamp, {**packed(grey(0), 'rgb8'), 'encoding': 'hsv'}
    )
    estimator = DepthEstimator(brightness_bundle, ScriptedRuntime(answer))

    summary = run(write_bag(tmp_path / 'in', messages), tmp_path / 'out', estimator)

    assert [bool(row.dropped) for row in summary.rows] == [True, False, True, True, False]
    table = rows(tmp_path / 'out')
    assert [row['index'] for row in table] == ['0', '1', '2', '3', '4']
    assert table[2]['dropped'] == 'the engine hiccupped'
    assert 'no valid depth' in table[3]['dropped']
    assert "'hsv'" in table[0]['dropped']
    assert (table[0]['width'], table[0]['kind']) == ('', '')
    assert len(depths(tmp_path / 'out')) == 2
    assert sum(run_json(tmp_path / 'out')['counts']['dropped'].values()) == 3


@pytest.mark.parametrize(
    ('answer', 'options', 'reason'),
    [
        (constant_depth(np.nan), {}, r'no valid depth.*\(3 frames\)'),
        (constant_depth(1.0), {'selection': Selection(start=99)}, 'none was selected'),
    ],
)
def test_nothing_usable_is_an_error_and_leaves_nothing(
    tmp_path: Path, brightness_bundle: Bundle, answer: Any, options: Any, reason: str
) -> None:
    bag = write_bag(tmp_path / 'in', drive(3))
    estimator = DepthEstimator(brightness_bundle, ScriptedRuntime(answer))

    with pytest.raises(NothingUsableError, match=reason):
        run(bag, tmp_path / 'out', estimator, **options)

    assert [file.name for file in tmp_path.iterdir()] == ['in']


def test_a_stopped_replay_leaves_a_valid_partial_bag(
    tmp_path: Path, estimator: DepthEstimator
) -> None:
    calls = iter([False, False, True])

    summary = run(
        write_bag(tmp_path / 'in', drive(5)),
        tmp_path / 'out',
        estimator,
        stopped=lambda: next(calls),
    )

    assert not summary.complete
    assert summary.output == tmp_path / 'out.partial'
    assert not (tmp_path / 'out').exists()
    assert len(depths(summary.output)) == 2
    content = run_json(summary.output)
    assert content['complete'] is False
    assert (content['counts']['metric'], content['counts']['selected']) == (2, 5)


def test_a_replay_stopped_before_the_first_result_leaves_nothing(
    tmp_path: Path, estimator: DepthEstimator
) -> None:
    bag = write_bag(tmp_path / 'in', drive(5))

    with pytest.raises(KeyboardInterrupt):
        run(bag, tmp_path / 'out', estimator, stopped=lambda: True)

    assert [file.name for file in tmp_path.iterdir()] == ['in']


def test_progress_counts_to_the_end(tmp_path: Path, estimator: DepthEstimator) -> None:
    told: list[tuple[int, int]] = []
    with open_recording(write_bag(tmp_path / 'in', drive(3))) as recording:
        replay(
            recording,
            tmp_path / 'out',
            DepthTask(estimator),
            progress=lambda *done: told.append(done),
        )

    assert told == [(1, 3), (2, 3), (3, 3)]


def test_reversals_and_reused_camera_infos_are_reported(
    tmp_path: Path, estimator: DepthEstimator
) -> None:
    messages = [Message(INFO_TOPIC, CAMERA_INFO, stamp(0), camera_info())]
    messages += [
        Message(COLOUR_TOPIC, IMAGE, stamp(second), packed(grey(0), 'rgb8'), stamp(9 + place))
        for place, second in enumerate([1, 3, 2, 2])
    ]

    run(write_bag(tmp_path / 'in', messages), tmp_path / 'out', estimator)

    counts = run_json(tmp_path / 'out')['counts']
    assert counts['stamp_reversals'] == 1
    assert counts['duplicate_stamps'] == 1
    assert counts['reused_camera_infos'] == 4
    assert [row['stamp'][9] for row in rows(tmp_path / 'out')] == ['1', '2', '2', '3']


def several_cameras() -> list[Message]:
    messages = drive(2)
    for message in drive(2, depth=False):
        topic = message.topic.replace('/camera/', '/rear/')
        messages.append(Message(topic, message.kind, message.stamp, message.fields))
    return messages


@pytest.mark.parametrize(
    ('messages', 'options', 'error'),
    [
        (several_cameras(), {}, '2 topics with a colour image; choose one with --image-topic'),
        (drive(1), {'image_topic': '/x'}, '/x is not in the recording'),
        (drive(1), {'camera_info_topic': '/x'}, '/x is not in the recording'),
        (drive(1), {'depth_topic': '/x'}, '/x is not in the recording'),
        (drive(1)[1:], {}, 'no topic with a colour image'),
    ],
)
def test_topics_that_are_missing_or_ambiguous(
    tmp_path: Path,
    estimator: DepthEstimator,
    messages: list[Message],
    options: dict[str, Any],
    error: str,
) -> None:
    with pytest.raises(RecordingError, match=error):
        run(write_bag(tmp_path / 'in', messages), tmp_path / 'out', estimator, **options)


def test_a_camera_of_several_is_chosen(tmp_path: Path, estimator: DepthEstimator) -> None:
    bag = write_bag(tmp_path / 'in', several_cameras())

    run(bag, tmp_path / 'out', estimator, image_topic='/rear/color/image_raw')

    assert run_json(tmp_path / 'out')['input']['topics']['camera_info'] == (
        '/rear/color/camera_info'
    )


def test_compressed_input(tmp_path: Path, estimator: DepthEstimator) -> None:
    topic = f'{COLOUR_TOPIC}/compressed'
    messages = [
        Message(topic, COMPRESSED, stamp(0), compressed(grey(100))),
        Message(INFO_TOPIC, CAMERA_INFO, stamp(0), camera_info()),
    ]

    run(write_bag(tmp_path / 'in', messages), tmp_path / 'out', estimator)

    (depth,) = depths(tmp_path / 'out')
    np.testing.assert_allclose(depth.values, expected_depth(100), rtol=1e-5)


def test_an_existing_output_is_refused_before_any_work(
    tmp_path: Path, brightness_bundle: Bundle
) -> None:
    runtime = ScriptedRuntime(constant_depth(1.0))
    (tmp_path / 'out').mkdir()

    with pytest.raises(OutputError, match='exists already'):
        run(
            write_bag(tmp_path / 'in', drive(1)),
            tmp_path / 'out',
            DepthEstimator(brightness_bundle, runtime),
        )

    assert runtime.calls == 0


def test_a_full_disk_ends_the_replay_and_leaves_nothing(
    tmp_path: Path, estimator: DepthEstimator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_writer: BagWriter, name: str, _text: str) -> None:
        raise OutputError(f'{name}: no space')

    bag = write_bag(tmp_path / 'in', drive(1))
    monkeypatch.setattr(BagWriter, 'write_text', full)

    with pytest.raises(OutputError, match='no space'):
        run(bag, tmp_path / 'out', estimator)

    assert [file.name for file in tmp_path.iterdir()] == ['in']


@pytest.mark.skipif(not SHARED_BAGS.is_dir(), reason='no ../shared/data/bags beside the checkout')
@pytest.mark.parametrize(
    ('name', 'frames'),
    [
        ('realsense_bedroom_compressed.bag', 10),
        ('realsense_bedroom_ros2_mcap', 5),
        ('realsense_bedroom_ros2_sqlite3', 1),
    ],
)
def test_real_pictures(tmp_path: Path, estimator: DepthEstimator, name: str, frames: int) -> None:
    summary = run(SHARED_BAGS / name, tmp_path / 'out', estimator)

    assert (summary.count('metric'), summary.dropped) == (frames, {})
    for depth in depths(tmp_path / 'out'):
        assert depth.values.shape == (480, 640)
        assert np.isfinite(depth.values).all()
