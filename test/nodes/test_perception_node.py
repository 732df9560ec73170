# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""All tasks in one node, live: one stamp, one failure at a time, nothing for nobody."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from nodes.conftest import QUICK_DIAGNOSTICS, Start
from support.ros import NodeProcess, need, scripted_node_command

need('rclpy')

from geometry_msgs.msg import PointStamped  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402
from support.ros_peer import (  # noqa: E402
    Peer,
    image_message,
    info_message,
    pixels_of,
    stamp_ns,
)

pytestmark = pytest.mark.ros

WIDTH, HEIGHT = 96, 72
OUTPUTS = {
    'depth': 'depth/image_rect',
    'segmentation': 'segmentation/mask',
    'query': 'query/mask',
}


def half_red() -> np.ndarray:
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[:, :48, 0] = 255
    image[:, 48:, 1] = 255
    return image


@pytest.fixture
def peer(peer_of: Callable[..., Peer]) -> Peer:
    return peer_of('perception_node')


@pytest.fixture
def arguments(models: dict[str, str]) -> list[str]:
    chosen = [part for task, path in models.items() for part in ('-p', f'{task}_model:={path}')]
    return [*chosen, '-p', 'queries:=[red]', *QUICK_DIAGNOSTICS]


@pytest.fixture
def start_perception(start: Start, arguments: list[str], journal: Path) -> Start:
    """Start the node with scripted engines; keywords are their script."""

    def start_one(*more: str, **script: object) -> NodeProcess:
        told = {'journal': journal, 'node': 'perception', **script}
        return start(scripted_node_command(told, *arguments, *more))

    return start_one


def runs(journal: Path, task: str) -> int:
    """Inferences so far, the warm-up not counted."""
    return journal.read_text().split().count(f'run:{task}') - 1


def test_answers_of_a_frame_bear_its_stamp_also_under_load(
    peer: Peer, start_perception: Start
) -> None:
    """30 images a second, three inferences of 50 ms each: what is answered is answered whole."""
    answers = {task: peer.listen(Image, topic, 100) for task, topic in OUTPUTS.items()}
    infos = peer.listen(CameraInfo, 'depth/camera_info', 100)
    start_perception(delay=0.05)
    camera = peer.camera()
    camera.wait_for_node(3)
    sent: set[int] = set()
    start = time.monotonic()
    while time.monotonic() < start + 3:
        if time.monotonic() > start + len(sent) / 30:
            sent.add(camera.publish(half_red()))
        peer.spin_once(0.002)
    peer.wait(
        lambda: (
            int(peer.value('frames_in'))
            == int(peer.value('frames_out')) + int(peer.value('dropped_busy'))
        ),
        'counts that add up',
    )
    answered = int(peer.value('frames_out'))
    every = [*answers.values(), infos]
    peer.wait(lambda: all(len(messages) == answered for messages in every), 'all answers')
    stamps = [[stamp_ns(message) for message in messages] for messages in every]
    assert stamps[0] == stamps[1] == stamps[2] == stamps[3]
    assert set(stamps[0]) <= sent
    assert answered >= 3
    assert int(peer.value('dropped_busy')) > 0, 'no load'
    assert peer.value('incomplete') == '0'


def test_only_what_somebody_listens_to_is_run(
    peer: Peer, start_perception: Start, journal: Path
) -> None:
    masks = peer.listen(Image, OUTPUTS['segmentation'])
    start_perception()
    camera = peer.camera()
    camera.wait_for_node()
    for number in (1, 2):
        camera.publish(half_red())
        peer.wait(lambda n=number: len(masks) == n, 'mask')
    assert [runs(journal, task) for task in OUTPUTS] == [0, 2, 0]
    assert set(np.unique(pixels_of(masks[0]))) == {1, 2}
    # Who asks where the object is asks for depth and the query.
    points = peer.listen(PointStamped, 'query/point')
    peer.wait_for_value('subscribers', '2')
    stamp = camera.publish(half_red())
    point = peer.wait(lambda: points, 'position')[0]
    assert [runs(journal, task) for task in OUTPUTS] == [1, 3, 1]
    assert stamp_ns(point) == stamp
    assert point.point.z > 0


def test_without_a_camera_the_others_go_on(peer: Peer, start_perception: Start) -> None:
    answers = {task: peer.listen(Image, topic) for task, topic in OUTPUTS.items()}
    node = start_perception()
    images = peer.node.create_publisher(Image, 'image_rect', 1)
    infos = peer.node.create_publisher(CameraInfo, 'camera_info', 1)
    peer.wait(lambda: images.get_subscription_count() > 0, 'subscription to the image')
    peer.wait(lambda: infos.get_subscription_count() > 0, 'subscription to camera_info')
    peer.wait_for_value('subscribers', '3')
    images.publish(image_message(half_red(), 1))
    peer.wait(lambda: answers['segmentation'] and answers['query'], 'masks')
    peer.wait_for_value('incomplete', '1')
    assert answers['depth'] == []
    assert peer.value('camera_info') == 'missing'
    assert peer.value('frames_out') == '1'
    assert peer.value('dropped_bad') == '0'
    peer.wait(lambda: 'no camera_info has come' in peer.status.message, 'diagnostics')
    assert peer.status.level == bytes([1])
    assert 'no camera_info has come' in node.output
    infos.publish(info_message(WIDTH, HEIGHT, 2))
    images.publish(image_message(half_red(), 2))
    peer.wait(lambda: answers['depth'], 'depth')
    peer.wait(lambda: 'answer is missing' not in peer.status.message, 'recovery')


def test_a_frame_that_nobody_can_answer_is_dropped(peer: Peer, start_perception: Start) -> None:
    peer.listen(Image, OUTPUTS['depth'])
    peer.listen(Image, OUTPUTS['segmentation'])
    start_perception(fail_after=1)  # the warm-up
    camera = peer.camera()
    camera.wait_for_node(2)
    camera.publish(half_red())
    peer.wait_for_value('dropped_bad', '1')
    assert peer.value('frames_out') == '0'
    peer.wait(lambda: peer.status.level == bytes([2]), 'an error')


def test_tasks_are_chosen_by_a_parameter(
    peer: Peer, start_node: Start, arguments: list[str], models: dict[str, str]
) -> None:
    """What is not asked for needs no bundle and advertises nothing."""
    masks = peer.listen(Image, OUTPUTS['query'])
    start_node(
        'perception_node',
        *('-p', 'tasks:=[query]', '-p', 'queries:=[red]', '-p', f'query_model:={models["query"]}'),
        *('-p', 'depth_model:=/nowhere', '-p', 'segmentation_model:=/nowhere'),
    )
    camera = peer.camera()
    camera.wait_for_node()
    camera.publish(half_red())
    peer.wait(lambda: masks, 'mask')
    assert peer.value('tasks') == 'query'
    assert peer.value('query_model') == 'coloured-things'
    peer.wait_for_value('query_revision', '1')
    assert peer.value('query') == 'red'
    peer.wait_for_value('camera_info', 'unused')
    assert not peer.node.count_publishers('depth/image_rect')
    assert not peer.node.count_publishers('segmentation/mask')


def test_a_task_that_is_none_fails_configure(peer: Peer, start_node: Start) -> None:
    node = start_node('perception_node', '-p', 'tasks:=[depth, pose]')
    peer.wait(lambda: 'cannot configure' in node.output, 'failure')
    assert "'tasks' holds 'pose'; there are: depth, segmentation, query" in node.output


def test_one_bundle_that_is_missing_gives_back_what_the_others_took(
    peer: Peer, start: Start, arguments: list[str], journal: Path
) -> None:
    script = {'journal': journal, 'node': 'perception'}
    node = start(scripted_node_command(script, *arguments, '-p', 'query_model:=/nowhere'))
    peer.wait(lambda: 'cannot configure' in node.output, 'failure')
    peer.wait(lambda: journal.read_text().count('close') == 2, 'engines closed')
    peer.wait(lambda: not peer.node.count_publishers('depth/image_rect'), 'publishers gone')
    assert peer.state() == 'unconfigured'
