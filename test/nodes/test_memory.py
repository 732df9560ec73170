# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Memory that runs out while the node works, live: one frame lost, or the node steps back."""

from __future__ import annotations

from pathlib import Path

import pytest
from nodes.conftest import Start
from support.ros import need

need('rclpy')

from lifecycle_msgs.msg import Transition  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402
from support.ros_peer import Peer, grey_image  # noqa: E402

pytestmark = pytest.mark.ros


def test_one_shortage_costs_one_frame(peer: Peer, start_scripted: Start, journal: Path) -> None:
    depths = peer.listen(Image, 'depth/image_rect')
    node = start_scripted(exhausted='1:1')  # run 0 warms up
    camera = peer.camera()
    camera.wait_for_node()
    camera.publish(grey_image(0))
    peer.wait_for_value('dropped_bad', '1')
    assert peer.status.level == bytes([2])
    assert 'out of memory' in peer.value('last_error')
    peer.wait(lambda: 'free' in journal.read_text(), 'caches freed')
    for number in (1, 2):
        camera.publish(grey_image(0))
        peer.wait(lambda n=number: len(depths) == n, 'answer')
    assert peer.state() == 'active'
    peer.wait(lambda: peer.status.level != bytes([2]), 'recovery in diagnostics')
    assert journal.read_text().split() == ['run', 'run', 'free', 'run', 'run']
    assert 'the frame is dropped and caches are freed' in node.output


def test_two_in_a_row_deactivate_the_node_and_it_can_be_configured_again(
    peer: Peer, start_scripted: Start, journal: Path
) -> None:
    depths = peer.listen(Image, 'depth/image_rect')
    node = start_scripted(exhausted='1:2')
    camera = peer.camera()
    camera.wait_for_node()
    for number in (1, 2):
        camera.publish(grey_image(0))
        peer.wait(lambda n=number: journal.read_text().count('run') == n + 1, 'inference')
    peer.wait_for_value('state', 'inactive')
    peer.wait(lambda: peer.status.level == bytes([2]), 'an error')
    assert peer.status.message.startswith('deactivated itself, memory was short: the engine was')
    peer.wait(lambda: camera.images.get_subscription_count() == 0, 'unsubscribed')
    assert node.is_running
    assert peer.state() == 'inactive'
    assert 'Free memory, then clean up and configure' in node.output
    assert depths == []
    for transition in (
        Transition.TRANSITION_CLEANUP,
        Transition.TRANSITION_CONFIGURE,
        Transition.TRANSITION_ACTIVATE,
    ):
        assert peer.change_state(transition)
    peer.wait(lambda: peer.status.level != bytes([2]), 'recovery in diagnostics')
    # The engine that was loaded anew warms up and fails again; a shortage is forgotten then.
    camera.wait_for_node()
    camera.publish(grey_image(0))
    peer.wait_for_value('dropped_bad', '1')
    assert peer.state() == 'active'
