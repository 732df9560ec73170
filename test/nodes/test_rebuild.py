# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Service ~/rebuild_engine, live."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from nodes.conftest import Start
from support.ros import NodeProcess, need

need('rclpy')

from lifecycle_msgs.msg import Transition  # noqa: E402
from lifecycle_msgs.srv import GetState  # noqa: E402
from rclpy.qos import DurabilityPolicy, QoSProfile  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402
from std_msgs.msg import String  # noqa: E402
from std_srvs.srv import Trigger  # noqa: E402
from support.ros_peer import Peer, grey_image  # noqa: E402

pytestmark = pytest.mark.ros

CONFIGURE = Transition.TRANSITION_CONFIGURE
ACTIVATE = Transition.TRANSITION_ACTIVATE
CLEANUP = Transition.TRANSITION_CLEANUP
MANUAL = ('-p', 'autostart:=false')
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def ask(peer: Peer) -> Trigger.Response:
    return peer.call(Trigger, 'rebuild_engine', Trigger.Request())


def test_an_engine_is_rebuilt_while_everything_else_answers(
    peer: Peer, start_scripted: Start, journal: Path
) -> None:
    depths = peer.listen(Image, 'depth/image_rect')
    told = peer.listen(String, 'depth/provenance', LATCHED)
    node = start_scripted(*MANUAL, engine='key', rebuild=4.0)
    assert peer.change_state(CONFIGURE)
    peer.wait_for_value('engine_key', 'key')
    client = peer.node.create_client(Trigger, '/depth_node/rebuild_engine')
    peer.wait(client.service_is_ready, 'service')
    future = client.call_async(Trigger.Request())
    peer.wait(lambda: peer.value('engine_build_percent') not in ('', 'none'), 'percent')
    assert peer.status.level == bytes([1])
    durations = []
    for _ in range(5):
        start = time.monotonic()
        assert peer.state() == 'inactive'
        durations.append(time.monotonic() - start)
    states = peer.node.create_client(GetState, '/depth_node/get_state')
    peer.wait(states.service_is_ready, 'service')
    start = time.monotonic()
    answer = states.call_async(GetState.Request())
    peer.wait(answer.done, 'answer')
    assert time.monotonic() - start < 1.0
    # What would pull the engine away is refused; a second rebuild too.
    assert not peer.change_state(ACTIVATE)
    assert not peer.change_state(CLEANUP)
    second = ask(peer)
    assert not second.success
    assert 'are being rebuilt' in second.message
    assert not future.done(), 'the rebuild is over already'
    peer.wait(future.done, 'the answer')
    assert future.result().success
    assert future.result().message == 'depth: engine key key-rebuilt'
    peer.wait_for_value('engine_key', 'key-rebuilt')
    peer.wait_for_value('engine_build_percent', 'none')
    assert journal.read_text().split().count('close') == 1, 'the engine before'
    assert node.output.count('cannot activate: engines are being rebuilt') == 1
    assert len(told) == 2
    assert json.loads(told[1].data)['engine'] == 'scripted'
    assert peer.change_state(ACTIVATE)
    camera = peer.camera()
    camera.wait_for_node()
    camera.publish(grey_image(0))
    peer.wait(lambda: depths, 'answer of the new engine')
    assert peer.value('self_test') == 'skipped: off'
    peer.wait(lambda: peer.status.hardware_id == 'nothing, optical', 'device and frame')


def test_a_rebuild_that_fails_leaves_the_engine_that_was_there(
    peer: Peer, start_scripted: Start, journal: Path
) -> None:
    start_scripted(*MANUAL, engine='key', rebuild_fails='the golden check failed')
    assert peer.change_state(CONFIGURE)
    answer = ask(peer)
    assert not answer.success
    assert answer.message == 'the golden check failed'
    assert 'close' not in journal.read_text()
    assert peer.change_state(ACTIVATE)
    peer.wait_for_value('engine_key', 'key')


def test_in_other_states_and_without_an_engine_the_reason_is_told(
    peer: Peer, start_scripted: Start
) -> None:
    start_scripted(*MANUAL)
    answers = {'unconfigured': ask(peer)}
    assert peer.change_state(CONFIGURE)
    without_engine = ask(peer)
    assert not without_engine.success
    assert without_engine.message.startswith('there is no engine to rebuild: scripted runs')
    assert peer.change_state(ACTIVATE)
    answers['active'] = ask(peer)
    for state, answer in answers.items():
        assert not answer.success
        assert answer.message == f'the node is {state}; engines are rebuilt in state inactive'


def rebuilding(peer: Peer, start_scripted: Start) -> NodeProcess:
    """Return a node in the middle of a rebuild that takes a minute."""
    node = start_scripted(*MANUAL, engine='key', rebuild=60.0)
    assert peer.change_state(CONFIGURE)
    client = peer.node.create_client(Trigger, '/depth_node/rebuild_engine')
    peer.wait(client.service_is_ready, 'service')
    client.call_async(Trigger.Request())
    peer.wait(lambda: 'building, step 0' in node.output, 'rebuild')
    return node


def test_a_signal_ends_a_rebuild(peer: Peer, start_scripted: Start) -> None:
    node = rebuilding(peer, start_scripted)
    assert node.signal(signal.SIGTERM) < 3
    assert node.process.returncode == 0
    assert 'Traceback' not in node.output


def test_shutdown_ends_a_rebuild(peer: Peer, start_scripted: Start, journal: Path) -> None:
    node = rebuilding(peer, start_scripted)
    assert peer.change_state(Transition.TRANSITION_INACTIVE_SHUTDOWN)
    assert peer.state() == 'finalized'
    assert 'cannot rebuild: the build was cancelled' in node.output
    assert journal.read_text().split().count('close') == 1
