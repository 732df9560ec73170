# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The sample recording through the live node, and the demonstration that shows it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from nodes.conftest import Start
from support.ros import REPOSITORY, need

need('rclpy')

from sensor_msgs.msg import CameraInfo, Image  # noqa: E402
from support.ros_peer import Peer, pixels_of, stamp_ns  # noqa: E402

from diffperc_ros.bundle.bundle import Bundle  # noqa: E402
from diffperc_ros.core.errors import RecordingError  # noqa: E402
from diffperc_ros.nodes.playback import camera_topics, play  # noqa: E402
from diffperc_ros.nodes.witness import Witness  # noqa: E402
from diffperc_ros.perception.depth import DepthEstimator  # noqa: E402
from diffperc_ros.recordings.reader import open_recording  # noqa: E402
from diffperc_ros.runtimes.select import open_runtime  # noqa: E402

pytestmark = pytest.mark.ros

SAMPLE = REPOSITORY / 'samples' / 'room'
IMAGE = '/camera/color/image_raw'
FRAMES = 30


@pytest.fixture
def witness(ros: None) -> Iterator[Witness]:
    witness = Witness(camera_topics(SAMPLE))
    yield witness
    witness.close()


def test_every_frame_of_the_sample_equals_the_offline_estimate(
    peer: Peer, witness: Witness, start_depth: Start, brightness_bundle: Bundle
) -> None:
    depths = peer.listen(Image, 'depth/image_rect', 100)
    infos = peer.listen(CameraInfo, 'depth/camera_info', 100)
    start_depth(
        *('-r', f'image_rect:={IMAGE}', '-p', 'image_transport:=compressed'),
        *('-p', 'frame_policy:=every'),
        *('-p', f'qos_overrides.{IMAGE}/compressed.subscription.reliability:=reliable'),
        *('-p', 'qos_overrides./camera/color/camera_info.subscription.reliability:=reliable'),
    )
    assert witness.wait(witness.is_ready, 20)
    peer.wait_for_value('subscribers', '2')
    play(SAMPLE, camera_topics(SAMPLE), witness, 60)
    peer.wait(lambda: len(depths) == len(infos) == FRAMES, 'all answers')
    estimator = DepthEstimator(brightness_bundle, open_runtime(brightness_bundle))
    with open_recording(SAMPLE) as recording:
        frames = recording.frames(f'{IMAGE}/compressed', '/camera/color/camera_info')
        for recorded, depth, info in zip(frames, depths, infos, strict=True):
            expected = estimator.perceive(recorded.frame)
            np.testing.assert_array_equal(pixels_of(depth), expected.values)
            assert stamp_ns(depth) == stamp_ns(info) == expected.stamp.nanoseconds
            assert depth.header.frame_id == expected.frame_id
    assert peer.value('dropped_busy') == peer.value('dropped_bad') == '0'


def run_demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, '-m', 'diffperc_ros.nodes.demo', *arguments]
    environment = {**os.environ, 'PYTHONPATH': str(REPOSITORY), 'COLUMNS': '100'}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=90, env=environment, check=False
    )


def test_the_demonstration_prints_what_it_saw(ros: None, models: dict[str, str]) -> None:
    bundles = [part for path in models.values() for part in ('--bundle', path)]
    run = run_demo(str(SAMPLE), *bundles, '--phrase', 'the red thing', '--seconds', '1')
    assert run.returncode == 0, run.stderr
    topics = ('depth/image_rect', 'segmentation/mask', 'query/mask')
    for part in (f'{IMAGE}/compressed', *topics, 'dropped_busy', 'p50 / p95', ' Hz'):
        assert part in run.stdout
    assert 'pixels found: the red thing' in run.stdout


def test_the_demonstration_says_what_it_lacks(ros: None) -> None:
    run = run_demo(str(SAMPLE), '--seconds', '1')
    assert run.returncode == 0, run.stderr
    for task in ('depth', 'segmentation', 'query'):
        name = f'vpd-{task}-small-indoor'
        shown = (REPOSITORY / 'models' / name).is_dir()
        assert (f'not shown: {name} is not installed' in run.stdout) != shown


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['/nowhere'], '/nowhere: no such file or folder'),
        ([str(SAMPLE), '--bundle', '/nowhere/bundle'], '/nowhere/bundle: no bundle.yaml there'),
        ([str(SAMPLE), '--image-topic', '/other'], '/other'),
    ],
)
def test_the_demonstration_fails_in_words(ros: None, arguments: list[str], message: str) -> None:
    run = run_demo(*arguments)
    assert run.returncode == 1
    assert message in run.stderr
    assert 'Traceback' not in run.stderr


def test_a_ros1_recording_is_refused(ros: None, witness: Witness, tmp_path: Path) -> None:
    from rosbags.rosbag1 import Writer
    from rosbags.typesys import Stores, get_typestore

    path = tmp_path / 'old.bag'
    with Writer(path) as writer:
        topic = writer.add_connection(
            '/chatter', 'std_msgs/msg/String', typestore=get_typestore(Stores.ROS1_NOETIC)
        )
        writer.write(topic, 0, b'\0\0\0\0')
    with pytest.raises(RecordingError, match='ROS 1'):
        play(path, camera_topics(SAMPLE), witness, 1)
