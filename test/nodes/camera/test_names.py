# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Several cameras in one perception node, live: one engine, turns, and nothing mixed."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from nodes.conftest import QUICK_DIAGNOSTICS, Start
from support.ros import NodeProcess, need, scripted_node_command

need('rclpy')

from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402
from std_msgs.msg import String  # noqa: E402
from support.ros_peer import START_NS, Camera, Peer, info_message, pixels_of, stamp_ns  # noqa: E402

from diffperc_ros.core.errors import SettingError  # noqa: E402
from diffperc_ros.nodes.camera.names import cameras_of, check_cameras  # noqa: E402

pytestmark = pytest.mark.ros

WIDTH, HEIGHT = 96, 72
COLOURS = {'front': (255, 0, 0), 'rear': (0, 0, 255)}
MASK_VALUES = {'front': 1, 'rear': 3}  # red and blue of the tiny segmentation bundle
SECOND_CAMERA_NS = START_NS + 10**15


def picture(camera: str) -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), COLOURS[camera], np.uint8)


@pytest.fixture
def peer(peer_of: Callable[..., Peer]) -> Peer:
    return peer_of('perception_node')


@pytest.fixture
def start_two(start: Start, models: dict[str, str], journal: Path) -> Start:
    """Start the node with two cameras and scripted engines; keywords are their script."""

    def start_one(*more: str, tasks: str = 'segmentation', **script: object) -> NodeProcess:
        chosen = [
            part for task, path in models.items() for part in ('-p', f'{task}_model:={path}')
        ]
        told = {'journal': journal, 'node': 'perception', **script}
        cameras = ('-p', 'cameras:=[front, rear]', '-p', f'tasks:=[{tasks}]')
        return start(scripted_node_command(told, *chosen, *cameras, *QUICK_DIAGNOSTICS, *more))

    return start_one


def cameras_of_peer(peer: Peer, listeners: int) -> dict[str, Camera]:
    made = {name: peer.camera(topic=f'{name}/image_rect') for name in COLOURS}
    for camera in made.values():
        camera.wait_for_node(listeners)
    made['rear'].next_ns = SECOND_CAMERA_NS
    return made


def publish_at(peer: Peer, rate_hz: float, seconds: float, cameras: dict[str, Camera]) -> None:
    start, sent = time.monotonic(), 0
    while time.monotonic() < start + seconds:
        if time.monotonic() > start + sent / rate_hz:
            for name, camera in cameras.items():
                camera.publish(picture(name))
            sent += 1
        peer.spin_once(0.002)


def test_under_load_cameras_take_turns_and_are_never_mixed(
    peer: Peer, start_two: Start, journal: Path
) -> None:
    """30 images a second from each of two cameras, 0.1 s an inference."""
    answered: list[tuple[str, Image]] = []
    infos: dict[str, list[CameraInfo]] = {}
    for name in COLOURS:
        peer.node.create_subscription(
            Image,
            f'{name}/segmentation/mask',
            lambda mask, camera=name: answered.append((camera, mask)),
            100,
        )
        infos[name] = peer.listen(CameraInfo, f'{name}/segmentation/camera_info', 100)
    start_two(delay=0.1, quick_runs=1)
    cameras = cameras_of_peer(peer, 2)
    publish_at(peer, 30, 4, cameras)
    peer.wait(
        lambda: (
            len(answered)
            == int(peer.value('front/frames_out')) + int(peer.value('rear/frames_out'))
            and all(
                int(peer.value(f'{name}/frames_in'))
                == int(peer.value(f'{name}/frames_out')) + int(peer.value(f'{name}/dropped_busy'))
                for name in COLOURS
            )
        ),
        'counts that add up',
    )
    assert len(answered) >= 12
    for name, mask in answered:
        assert set(np.unique(pixels_of(mask))) == {MASK_VALUES[name]}, 'the other camera'
        assert (stamp_ns(mask) >= SECOND_CAMERA_NS) == (name == 'rear')
    assert {stamp_ns(info) >= SECOND_CAMERA_NS for info in infos['front']} == {False}
    assert {stamp_ns(info) >= SECOND_CAMERA_NS for info in infos['rear']} == {True}
    # Both nearly always have an image waiting (not while this process is kept from publishing), so
    # neither is served twice in a row.
    turns = [name for name, _ in answered]
    changes = sum(one != other for one, other in pairwise(turns))
    assert changes >= 0.8 * (len(turns) - 1), turns
    # One engine, warmed up once.
    assert journal.read_text().split().count('run:segmentation') == len(answered) + 1


def test_a_silent_camera_keeps_nobody_waiting(peer: Peer, start_two: Start) -> None:
    masks = {name: peer.listen(Image, f'{name}/segmentation/mask', 100) for name in COLOURS}
    start_two('-p', 'input_timeout_s:=0.5')
    cameras = cameras_of_peer(peer, 2)
    for number in range(1, 4):
        cameras['front'].publish(picture('front'))
        peer.wait(lambda n=number: len(masks['front']) == n, 'mask', 10)
    assert masks['rear'] == []

    def warned() -> bool:
        return "rear: no image on '/rear/image_rect' for" in peer.status.message

    cameras['front'].publish_until(warned, picture('front'), 'a word of the silent camera')
    assert peer.status.level == bytes([1])
    cameras['rear'].publish(picture('rear'))
    peer.wait(lambda: masks['rear'], 'mask')


def test_a_camera_without_listeners_is_not_inferred(
    peer: Peer, start_two: Start, journal: Path
) -> None:
    masks = peer.listen(Image, 'front/segmentation/mask')
    start_two('-p', 'keep_warm:=false')
    front = peer.camera(topic='front/image_rect')
    front.wait_for_node()
    rear = peer.node.create_publisher(Image, 'rear/image_rect', qos_profile_sensor_data)
    front.publish(picture('front'))
    peer.wait(lambda: masks, 'mask')
    assert rear.get_subscription_count() == 0
    assert peer.value('front/subscribers') == '1'
    assert peer.value('rear/subscribers') == '0'
    assert journal.read_text().split().count('run:segmentation') == 2  # with the warm-up


def test_each_camera_has_all_outputs_and_its_own_camera_info(peer: Peer, start_two: Start) -> None:
    """Twice the focal length, twice the depth; one command for both."""
    depths = {name: peer.listen(Image, f'{name}/depth/image_rect') for name in COLOURS}
    objects = {name: peer.listen(Image, f'{name}/query/mask') for name in COLOURS}
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    told = {name: peer.listen(String, f'{name}/depth/provenance', latched) for name in COLOURS}
    start_two('-p', 'queries:=[red]', tasks='depth, query')
    cameras = cameras_of_peer(peer, 4)
    for name, focal in (('front', 90.0), ('rear', 180.0)):
        camera = cameras[name]
        info = info_message(WIDTH, HEIGHT, camera.next_ns, focal)
        camera.publish(picture(name), info=info)
    for name in COLOURS:
        peer.wait(lambda n=name: depths[n] and objects[n], f'answers of {name}')
        assert len(told[name]) == 1
    front, rear = (np.median(pixels_of(depths[name][0])) for name in COLOURS)
    assert rear == pytest.approx(2 * front, rel=1e-5)
    assert set(np.unique(pixels_of(objects['front'][0]))) == {1}
    assert set(np.unique(pixels_of(objects['rear'][0]))) == {0}
    peer.wait(lambda: peer.value('rear/depth_focal_scale') not in ('', 'none'), 'diagnostics')
    scales = [float(peer.value(f'{name}/depth_focal_scale')) for name in COLOURS]
    assert scales[1] == pytest.approx(2 * scales[0])


def test_names_that_topics_cannot_have_fail_configure(peer: Peer, start_two: Start) -> None:
    node = start_two('-p', 'cameras:=[front, "rear left"]')
    peer.wait(lambda: 'cannot configure' in node.output, 'failure')
    assert "'cameras' holds 'rear left'" in node.output


@pytest.mark.parametrize(
    ('names', 'cameras', 'problem'),
    [
        ([], [''], ''),
        ([''], [''], ''),
        (['a', 'b'], ['a', 'b'], ''),
        (['a', 'a'], ['a'], "'a' twice"),
        (['1st'], ['1st'], "holds '1st'"),
        (['a/b'], ['a/b'], "holds 'a/b'"),
    ],
)
def test_what_names_mean(names: list[str], cameras: list[str], problem: str) -> None:
    values = {'cameras': names}
    assert cameras_of(values) == cameras
    if problem:
        with pytest.raises(SettingError, match=problem):
            check_cameras(values)
    else:
        check_cameras(values)
    assert cameras_of({}) == ['']
