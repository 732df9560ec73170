# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Time that jumps and loops; live."""

from __future__ import annotations

import pytest
from nodes.conftest import Start
from support.ros import need

need('rclpy')

from rosgraph_msgs.msg import Clock  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402
from support.ros_peer import START_NS, Peer, grey_image, stamp_ns  # noqa: E402

from diffperc_ros.core.frame import Stamp  # noqa: E402

pytestmark = pytest.mark.ros

FRAMES = 10


def test_a_looped_recording_gives_the_same_frames_every_time(
    peer: Peer, start_depth: Start
) -> None:
    depths = peer.listen(Image, 'depth/image_rect')
    start_depth('-p', 'use_sim_time:=true', '-p', 'max_rate_hz:=5.0')
    clock = peer.node.create_publisher(Clock, '/clock', 10)
    peer.wait(lambda: clock.get_subscription_count() > 0, 'subscription to /clock')
    camera = peer.camera()
    camera.wait_for_node()  # with /clock still at zero

    def tick(nanoseconds: int) -> None:
        stamp = Stamp.from_nanoseconds(nanoseconds)
        message = Clock()
        message.clock.sec, message.clock.nanosec = stamp.sec, stamp.nanosec
        clock.publish(message)

    loops = []
    for _ in range(3):
        depths.clear()
        camera.next_ns = START_NS + 10**6
        for number in range(FRAMES):
            tick(camera.next_ns)
            peer.spin()
            camera.publish(grey_image(0))
            chosen = (number + 2) // 2  # every second one
            peer.wait(lambda n=chosen: len(depths) >= n, f'answer to frame {number}')
        peer.spin()
        loops.append([stamp_ns(depth) for depth in depths])
    assert loops[0] == loops[1] == loops[2]
    assert len(loops[0]) == FRAMES // 2


def test_diagnostics_go_on_while_simulated_time_stands_still(
    peer: Peer, start_depth: Start
) -> None:
    start_depth('-p', 'use_sim_time:=true')
    reports = peer.reports
    peer.wait(lambda: peer.reports > reports + 5, 'diagnostics')
