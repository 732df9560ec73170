# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Signals, live: gone within three seconds, with status 0 and without a word too many."""

from __future__ import annotations

import os
import signal

import pytest
from nodes.conftest import Start
from support.ros import need, node_command

need('rclpy')

from lifecycle_msgs.msg import Transition  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402
from support.ros_peer import Peer, grey_image  # noqa: E402

pytestmark = pytest.mark.ros

LIMIT_S = 3.0
SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize('number', SIGNALS)
@pytest.mark.parametrize('state', ['unconfigured', 'inactive', 'active'])
def test_ends_from_every_state(
    peer: Peer, start_depth: Start, number: signal.Signals, state: str
) -> None:
    node = start_depth('-p', f'autostart:={str(state == "active").lower()}')
    if state == 'inactive':
        assert peer.change_state(Transition.TRANSITION_CONFIGURE)
    peer.wait_for_value('state', state)
    assert node.signal(number) < LIMIT_S
    assert node.process.returncode == 0
    assert 'Traceback' not in node.output


@pytest.mark.parametrize('number', SIGNALS)
@pytest.mark.parametrize('seconds', [0.3, 30.0], ids=['short', 'endless'])
def test_ends_during_inference(
    peer: Peer, start_scripted: Start, journal: object, number: signal.Signals, seconds: float
) -> None:
    peer.listen(Image, 'depth/image_rect')
    node = start_scripted(delay=seconds, quick_runs=1)  # the warm-up
    camera = peer.camera()
    camera.wait_for_node()
    camera.publish(grey_image(0))
    peer.wait(lambda: journal.read_text().count('run') == 2, 'inference')
    assert node.signal(number) < LIMIT_S
    assert node.process.returncode == 0
    assert 'Traceback' not in node.output


@pytest.mark.parametrize('number', SIGNALS)
def test_ends_while_a_model_loads(
    start_scripted: Start, peer: Peer, journal: object, number: signal.Signals
) -> None:
    node = start_scripted(delay=30.0)
    peer.wait(lambda: journal.read_text().count('run') == 1, 'warm-up')
    assert node.signal(number) < LIMIT_S
    assert node.process.returncode == 0
    assert 'Traceback' not in node.output


def test_a_parameter_file_that_is_missing_ends_the_process_with_a_word(start: Start) -> None:
    node = start(node_command('depth_node', '--params-file', '/nowhere.yaml'))
    assert node.process.wait(10) == 1
    assert '/nowhere.yaml' in node.output
    assert 'Traceback' not in node.output


def test_nothing_is_left_behind(peer: Peer, start_depth: Start) -> None:
    node = start_depth()
    peer.wait_for_value('state', 'active')
    node.signal(signal.SIGTERM)
    with pytest.raises(ProcessLookupError):
        os.killpg(node.process.pid, 0)
