# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""More images than the model can take, and fewer than somebody waits for; live."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from nodes.conftest import Start
from support.ros import need

need('rclpy')

from lifecycle_msgs.srv import GetState  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402
from support.ros_peer import Peer, grey_image, image_message, info_message, stamp_ns  # noqa: E402

pytestmark = pytest.mark.ros


def runs(journal: Path) -> int:
    """Inferences so far, the warm-up not counted."""
    return journal.read_text().split().count('run') - 1


def test_a_slow_model_skips_images_and_stays_close_behind_the_camera(
    peer: Peer, start_scripted: Start
) -> None:
    """60 images a second, 0.3 s an inference: at most two inferences and a frame behind.

    A queue in place of the mailbox would be seconds behind at the end.
    """
    latencies: list[float] = []
    start_scripted(delay=0.3, quick_runs=1)

    def note(depth: Image) -> None:
        latencies.append((time.time_ns() - stamp_ns(depth)) / 1e9)

    peer.node.create_subscription(Image, 'depth/image_rect', note, 10)
    camera = peer.camera()
    camera.wait_for_node()
    pixels = grey_image(0)
    published, warned = 0, False
    start = time.monotonic()
    while time.monotonic() < start + 4:
        if time.monotonic() > start + published / 60:
            stamp = time.time_ns()
            camera.infos.publish(info_message(96, 72, stamp))
            camera.images.publish(image_message(pixels, stamp))
            published += 1
        peer.spin_once(0.002)
        warned = warned or 'images dropped' in peer.status.message
    assert warned, 'diagnostics'
    peer.wait(lambda: len(latencies) >= 8, 'answers')
    assert len(latencies) <= 4 / 0.3 + 2
    slack = 0.3  # of a machine that has other things to do
    assert np.percentile(latencies, 95) < 2 * 0.3 + 1 / 60 + slack
    # Every image that reached the node is accounted for.
    peer.wait(lambda: count(peer, 'frames_in') == accounted(peer), 'counts that add up')
    assert count(peer, 'dropped_busy') > 2 * count(peer, 'frames_out')


def count(peer: Peer, name: str) -> int:
    return int(peer.value(name))


def accounted(peer: Peer) -> int:
    return count(peer, 'frames_out') + count(peer, 'dropped_busy')


def test_services_and_diagnostics_answer_during_a_long_inference(
    peer: Peer, start_scripted: Start, journal: Path
) -> None:
    peer.listen(Image, 'depth/image_rect')
    start_scripted(delay=2.0, quick_runs=1)
    camera = peer.camera()
    camera.wait_for_node()
    camera.publish(grey_image(0))
    peer.wait(lambda: runs(journal) == 1, 'inference')
    client = peer.node.create_client(GetState, '/depth_node/get_state')
    peer.wait(client.service_is_ready, 'service')
    durations = []
    reports = peer.reports
    for _ in range(5):
        start = time.monotonic()
        future = client.call_async(GetState.Request())
        peer.wait(future.done, 'answer')
        durations.append(time.monotonic() - start)
    assert sorted(durations)[2] < 0.2
    peer.wait(lambda: peer.reports > reports + 3, 'diagnostics')
    assert peer.value('frames_out') == '0', 'the inference is over already'


def test_nobody_listens_nothing_is_inferred(
    peer: Peer, start_scripted: Start, journal: Path
) -> None:
    depths = peer.listen(Image, 'depth/image_rect')
    peer.listen(CameraInfo, 'depth/camera_info')
    start_scripted()
    camera = peer.camera()
    camera.wait_for_node()
    camera.publish(grey_image(0))
    peer.wait(lambda: len(depths) == 1, 'answer')
    peer.stop_listening('depth/image_rect')
    peer.wait_for_value('subscribers', '0')  # camera_info alone is worth nothing
    for _ in range(3):
        camera.publish(grey_image(0))
        skipped = int(peer.value('skipped_idle')) + 1
        peer.wait(lambda n=skipped: int(peer.value('skipped_idle')) >= n, 'skipped')
    assert runs(journal) == 1
    assert peer.value('idle') == 'true'
    assert peer.status.level == bytes([0])
    depths.clear()
    peer.listen(Image, 'depth/image_rect')
    peer.wait_for_value('subscribers', '1')
    camera.publish(grey_image(0))
    peer.wait(lambda: depths, 'wake-up')
    assert runs(journal) == 2


def test_a_cold_node_leaves_the_image_topic_while_nobody_listens(
    peer: Peer, start_scripted: Start, journal: Path
) -> None:
    start_scripted('-p', 'keep_warm:=false')
    camera = peer.camera()
    peer.wait_for_value('state', 'active')
    assert camera.images.get_subscription_count() == 0
    depths = peer.listen(Image, 'depth/image_rect')
    camera.wait_for_node()
    camera.publish(grey_image(0))
    peer.wait(lambda: depths, 'answer')
    peer.stop_listening('depth/image_rect')
    peer.wait(lambda: camera.images.get_subscription_count() == 0, 'unsubscribed')
    assert runs(journal) == 1


def test_the_stamp_grid_chooses_and_every_policy_keeps_all(
    peer: Peer, start_scripted: Start
) -> None:
    """30 images a second by their stamps, arriving as fast as they can."""
    depths = peer.listen(Image, 'depth/image_rect', 100)
    start_scripted('-p', 'frame_policy:=every', '-p', 'max_rate_hz:=10.0')
    camera = peer.camera()
    camera.wait_for_node()
    first = camera.next_ns + 10**6
    for number in range(30):
        camera.next_ns = first + number * 10**9 // 30
        camera.publish(grey_image(0))
        peer.spin_once(0.002)
    peer.wait(lambda: len(depths) == 10, 'ten answers')
    peer.wait_for_value('frames_in', '30')
    slots = [(stamp_ns(depth) - first) // 10**8 for depth in depths]
    assert slots == list(range(10))
    assert peer.value('skipped_rate') == '20'
    assert peer.value('dropped_busy') == '0'


def test_images_that_are_too_old_are_dropped(peer: Peer, start_scripted: Start) -> None:
    depths = peer.listen(Image, 'depth/image_rect')
    start_scripted('-p', 'max_input_age_s:=1.0')
    camera = peer.camera()
    camera.wait_for_node()
    camera.next_ns = time.time_ns() - 5 * 10**9
    camera.publish(grey_image(0))
    peer.wait_for_value('dropped_old', '1')
    camera.next_ns = time.time_ns()
    camera.publish(grey_image(0))
    peer.wait(lambda: depths, 'answer')
    assert len(depths) == 1
    for stamp, status in ((0, 'zero'), (time.time_ns() + 60 * 10**9, 'future')):
        camera.next_ns = stamp
        camera.publish(grey_image(0))
        peer.wait_for_value('input_stamp', status)  # flagged, used, not corrected
    # The stamp 0 is older than a second, that of the future is not.
    peer.wait(lambda: len(depths) == 2, 'answer')
    assert stamp_ns(depths[1]) == stamp
