# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The life of the depth node, live: what it takes, it gives back; what goes wrong, it says."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from nodes.conftest import Start
from support.ros import NodeProcess, need, node_command, wait_until

need('rclpy')

from lifecycle_msgs.msg import Transition  # noqa: E402
from lifecycle_msgs.srv import ChangeState as ChangeStateService  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402
from std_srvs.srv import SetBool  # noqa: E402
from support.ros_peer import Peer, grey_image  # noqa: E402

from diffperc_ros.bundle.bundle import Bundle  # noqa: E402

pytestmark = pytest.mark.ros

CONFIGURE = Transition.TRANSITION_CONFIGURE
ACTIVATE = Transition.TRANSITION_ACTIVATE
DEACTIVATE = Transition.TRANSITION_DEACTIVATE
CLEANUP = Transition.TRANSITION_CLEANUP
SHUTDOWN_UNCONFIGURED = Transition.TRANSITION_UNCONFIGURED_SHUTDOWN
MANUAL = ('-p', 'autostart:=false')


def threads(node: NodeProcess) -> int:
    return len(list(Path(f'/proc/{node.process.pid}/task').iterdir()))


def test_round_trip_gives_back_what_it_took(
    peer: Peer, start_scripted: Start, journal: Path
) -> None:
    depths = peer.listen(Image, 'depth/image_rect')
    node = start_scripted(*MANUAL)
    assert peer.state() == 'unconfigured'
    camera = peer.camera()
    for cycle in (1, 2):
        assert peer.change_state(CONFIGURE)
        peer.wait_for_value('subscribers', '1')
        assert camera.images.get_subscription_count() == 0, 'listens while inactive'
        before = threads(node)
        for activation in (1, 2):
            assert peer.change_state(ACTIVATE)
            assert threads(node) == before + 1, 'one worker'
            camera.wait_for_node()
            received = len(depths)
            camera.publish(grey_image(0))
            peer.wait(lambda n=received: len(depths) == n + 1, f'answer {cycle}.{activation}')
            assert peer.change_state(DEACTIVATE)
            peer.wait(lambda: threads(node) == before, 'end of the worker')  # noqa: B023
            peer.wait(lambda: camera.images.get_subscription_count() == 0, 'unsubscribed')
        assert journal.read_text().split().count('close') == cycle - 1, 'inactive keeps the engine'
        assert peer.change_state(CLEANUP)
        assert journal.read_text().split().count('close') == cycle
        peer.wait(lambda: not peer.node.count_publishers('depth/image_rect'), 'publishers gone')
        assert peer.state() == 'unconfigured'
    assert peer.change_state(SHUTDOWN_UNCONFIGURED)
    assert peer.state() == 'finalized'


def test_an_impossible_transition_is_refused_and_survived(peer: Peer, start_depth: Start) -> None:
    node = start_depth(*MANUAL)
    client = peer.node.create_client(ChangeStateService, '/depth_node/change_state')
    peer.wait(client.service_is_ready, 'service')
    request = ChangeStateService.Request()
    request.transition.id = ACTIVATE
    future = client.call_async(request)
    wait_until(lambda: 'ransition' in node.output or future.done(), 'an answer', peer.spin)
    assert not (future.done() and future.result().success)
    assert peer.state() == 'unconfigured'
    assert peer.change_state(CONFIGURE)
    assert node.is_running


@pytest.mark.parametrize(
    ('method', 'transitions', 'state'),
    [
        ('open_models', [CONFIGURE], 'unconfigured'),
        ('activate', [CONFIGURE, ACTIVATE], 'unconfigured'),
        ('close_models', [CONFIGURE, CLEANUP], 'finalized'),
    ],
)
def test_an_exception_in_a_transition_is_logged_and_ends_where_it_should(
    peer: Peer, start_scripted: Start, method: str, transitions: list[int], state: str
) -> None:
    node = start_scripted(*MANUAL, raise_in=method)
    results = [peer.change_state(transition) for transition in transitions]
    assert results == [True] * (len(transitions) - 1) + [False]
    assert peer.state() == state
    assert f'RuntimeError: told to raise in {method}' in node.output
    peer.wait(lambda: f'told to raise in {method}' in peer.value('last_error'), 'last_error')
    assert peer.status.level == bytes([2])


def test_a_missing_bundle_can_be_mended_and_configured_again(
    peer: Peer, start: Start, brightness_bundle: Bundle, tmp_path: Path
) -> None:
    model = tmp_path / 'model'
    node = start(node_command('depth_node', '-p', f'model:={model}'))
    peer.wait(lambda: 'cannot configure' in node.output, 'failure')
    assert str(model) in node.output
    assert 'Traceback' not in node.output
    assert peer.state() == 'unconfigured'
    peer.wait(lambda: peer.status and peer.status.level == bytes([2]), 'diagnostics')
    assert str(model) in peer.status.message
    model.symlink_to(brightness_bundle.path)
    assert peer.change_state(CONFIGURE)
    assert peer.change_state(ACTIVATE)
    peer.wait(lambda: peer.status.level != bytes([2]), 'recovery in diagnostics')


def test_a_corrupt_bundle_is_refused(
    peer: Peer, start: Start, brightness_bundle: Bundle, tmp_path: Path
) -> None:
    model = tmp_path / 'model'
    model.mkdir()
    for file in brightness_bundle.path.iterdir():
        data = bytearray(file.read_bytes())
        if file.name == 'depth.onnx':
            data[len(data) // 2] ^= 1
        (model / file.name).write_bytes(data)
    node = start(node_command('depth_node', '-p', f'model:={model}'))
    peer.wait(lambda: 'depth.onnx: altered or damaged' in node.output, 'refusal')
    assert peer.state() == 'unconfigured'
    assert not peer.node.count_publishers('depth/image_rect')


def test_a_failing_engine_stops_no_node(peer: Peer, start_scripted: Start) -> None:
    depths = peer.listen(Image, 'depth/image_rect')
    node = start_scripted(fail_after=2)  # the first run warms up
    camera = peer.camera()
    camera.wait_for_node()
    camera.publish(grey_image(0))
    peer.wait(lambda: len(depths) == 1, 'answer')
    for number in (1, 2):
        camera.publish(grey_image(0))
        peer.wait_for_value('dropped_bad', str(number))
    assert len(depths) == 1
    assert peer.value('last_error') == 'the engine was told to fail'
    assert peer.status.level == bytes([2])
    assert node.is_running


def test_enable_pauses_inference(peer: Peer, start_scripted: Start, journal: Path) -> None:
    depths = peer.listen(Image, 'depth/image_rect')
    start_scripted()
    camera = peer.camera()
    camera.wait_for_node()
    answer = peer.call(SetBool, 'enable', SetBool.Request(data=False))
    assert answer.success
    assert answer.message == 'inference is disabled; the node is active'
    camera.publish(grey_image(0))
    peer.wait_for_value('skipped_idle', '1')
    assert peer.value('idle') == 'true'
    assert peer.call(SetBool, 'enable', SetBool.Request(data=True)).success
    camera.publish(grey_image(0))
    peer.wait(lambda: depths, 'answer')
    assert journal.read_text().split() == ['run', 'run']  # warm-up, second frame


def test_the_node_answers_while_an_engine_is_built(peer: Peer, start_scripted: Start) -> None:
    depths = peer.listen(Image, 'depth/image_rect')
    node = start_scripted(build=4.0)
    peer.wait(lambda: peer.value('engine_build_percent') not in ('', 'none'), 'diagnostics')
    assert peer.status.level == bytes([1])
    assert 'building, step' in peer.status.message
    assert peer.state() == 'configuring'
    reports = peer.reports
    peer.wait(lambda: peer.reports > reports + 2, 'diagnostics')
    assert peer.value('state') == 'configuring', 'the build is over already'
    peer.wait_for_value('state', 'active')
    assert peer.value('engine_build_percent') == 'none'
    assert node.output.count('building, step') == 10
    camera = peer.camera()
    camera.wait_for_node()
    camera.publish(grey_image(0))
    peer.wait(lambda: depths, 'answer')


def test_a_signal_ends_a_build(peer: Peer, start_scripted: Start) -> None:
    node = start_scripted(build=60.0)
    peer.wait(lambda: 'building, step 0' in node.output, 'build')
    assert node.signal(signal.SIGINT) < 3
    assert node.process.returncode == 0
    assert 'Traceback' not in node.output
