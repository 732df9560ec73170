# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the query node is told and what it answers, live."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from nodes.conftest import Start
from support.ros import NodeProcess, need

need('rclpy')

from diagnostic_msgs.msg import DiagnosticStatus  # noqa: E402
from geometry_msgs.msg import PointStamped  # noqa: E402
from rcl_interfaces.msg import ParameterType  # noqa: E402
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402
from std_msgs.msg import String  # noqa: E402
from support.ros_peer import (  # noqa: E402
    FOCAL_LENGTH,
    Peer,
    fill_header,
    info_message,
    pixels_of,
    stamp_ns,
)

pytestmark = pytest.mark.ros

WIDTH, HEIGHT = 96, 72
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
Strings = ParameterType.PARAMETER_STRING_ARRAY


def squares() -> np.ndarray:
    """Return black with a red square at the left and a blue one at the right."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[24:48, 9:33, 0] = 255
    image[24:48, 60:84, 2] = 255
    return image


@pytest.fixture
def peer(peer_of: Callable[..., Peer]) -> Peer:
    return peer_of('query_node')


@pytest.fixture
def start_query(start_node: Start, models: dict[str, str]) -> Start:
    def start_one(*arguments: str) -> NodeProcess:
        return start_node('query_node', '-p', f'model:={models["query"]}', *arguments)

    return start_one


class Conversation:
    """Tells the node what to look for and reads its status."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.statuses: list[Any] = peer.listen(DiagnosticStatus, 'query/status', LATCHED)
        self.publisher = peer.node.create_publisher(String, 'command', 10)

    def say(self, command: str) -> dict[str, str]:
        """Publish a command and return the values of the status that it gets."""
        self.peer.wait(lambda: self.publisher.get_subscription_count() > 0, 'subscription')
        self.peer.wait(lambda: self.statuses, 'latched status')
        before = len(self.statuses)
        self.publisher.publish(String(data=command))
        self.peer.wait(lambda: len(self.statuses) > before, f'status of {command!r}')
        return self.values()

    def values(self) -> dict[str, str]:
        return {pair.key: pair.value for pair in self.statuses[-1].values}


def test_a_conversation(peer: Peer, start_query: Start) -> None:
    """Ask, ask for what is not there, ask for what cannot be, clear."""
    masks = peer.listen(Image, 'query/mask')
    talk = Conversation(peer)
    start_query('-p', 'queries:=[the red thing]', '-p', 'max_phrases:=3')
    camera = peer.camera()
    camera.wait_for_node()

    def mask() -> np.ndarray:
        before = len(masks)
        stamp = camera.publish(squares())
        peer.wait(lambda: len(masks) > before, 'mask')
        assert (stamp_ns(masks[-1]), masks[-1].header.frame_id) == (stamp, 'optical')
        assert (masks[-1].encoding, masks[-1].step) == ('mono8', WIDTH)
        return pixels_of(masks[-1])

    seen = mask()
    assert (seen[36, 20], seen[36, 72], seen[5, 5]) == (1, 0, 0)
    first = talk.values()
    assert (first['accepted'], first['revision'], first['tokens']) == ('the red thing', '1', '3')

    said = talk.say('please go to the blue thing; RED')
    assert (said['accepted'], said['revision']) == ('the blue thing; red', '2')
    assert (said['rejected'], said['reason'], said['token_limit']) == ('', '', '4')
    assert talk.statuses[-1].level == bytes([0])
    seen = mask()
    assert (seen[36, 20], seen[36, 72]) == (2, 1)
    peer.wait_for_value('query_revision', '2')
    assert peer.value('query') == 'the blue thing; red'

    for command, reason in (
        ('the purple thing', "no word for 'purple'"),
        ('red; blue; green; thing', 'at most 3 are looked for'),
        ('red red red red red', 'has 5 tokens; the model reads 4'),
    ):
        said = talk.say(command)
        assert reason in said['reason']
        assert said['rejected'] == command
        assert (said['accepted'], said['revision']) == ('the blue thing; red', '2')
        assert talk.statuses[-1].level == bytes([1])
    seen = mask()
    assert (seen[36, 20], seen[36, 72]) == (2, 1)

    assert talk.say('green')['revision'] == '3'
    assert not mask().any()  # an absent object is an answer too

    said = talk.say(' ; ')
    assert (said['accepted'], said['revision']) == ('', '4')
    assert talk.statuses[-1].message == 'looking for nothing'
    assert not mask().any()


def test_the_parameter_asks_too_and_the_later_of_the_two_wins(
    peer: Peer, start_query: Start
) -> None:
    masks = peer.listen(Image, 'query/mask')
    talk = Conversation(peer)
    start_query()
    camera = peer.camera()
    camera.wait_for_node()

    def ask(*phrases: str) -> Any:
        return peer.set_parameter('queries', type=Strings, string_array_value=list(phrases))

    assert ask('red').successful
    peer.wait(lambda: talk.statuses and talk.values()['accepted'] == 'red', 'status')
    talk.say('blue')
    assert ask('red').successful  # the same value as before, and yet a wish
    peer.wait(lambda: talk.values()['accepted'] == 'red', 'status')
    refused = ask('the purple thing')
    assert not refused.successful
    assert "no word for 'purple'" in refused.reason
    assert not ask(*['red', 'blue', 'green', 'thing', 'the'] * 2, 'go').successful
    camera.publish(squares())
    mask = pixels_of(peer.wait(lambda: masks, 'mask')[0])
    assert (mask[36, 20], mask[36, 72]) == (1, 0)
    double = ParameterType.PARAMETER_DOUBLE
    refused = peer.set_parameter('mask_threshold', type=double, double_value=-0.5)
    assert "'mask_threshold' must be 0 to 1, or -1" in refused.reason
    assert peer.set_parameter('score_threshold', type=double, double_value=1.0).successful
    camera.publish(squares())
    peer.wait(lambda: len(masks) == 2, 'mask')
    assert not pixels_of(masks[1]).any()
    assert ask().successful
    peer.wait(lambda: talk.values()['accepted'] == '', 'status')


def test_queries_that_cannot_be_fail_configure(peer: Peer, start_query: Start) -> None:
    node = start_query('-p', 'queries:=[the purple thing]')
    peer.wait(lambda: 'cannot configure' in node.output, 'failure')
    assert "the model has no word for 'purple'" in node.output
    assert peer.state() == 'unconfigured'
    peer.wait(lambda: not peer.node.count_publishers('query/mask'), 'publishers gone')
    assert 'Traceback' not in node.output


def test_confidence_and_overlay(peer: Peer, start_query: Start) -> None:
    confidences = peer.listen(Image, 'query/confidence')
    overlays = peer.listen(Image, 'query/overlay', qos_profile_sensor_data)
    start_query('-p', 'queries:=[red]', '-p', 'output_size:=[48, 36]')
    camera = peer.camera()
    camera.wait_for_node(2)
    camera.publish(squares())
    peer.wait(lambda: confidences and overlays, 'answers')
    confidence = pixels_of(confidences[0])
    assert confidence.shape == (36, 48)
    assert confidence[18, 10] > 250
    assert confidence[18, 36] < 5
    overlay = pixels_of(overlays[0])
    assert overlay[18, 36].tolist() == [0, 0, 255]  # not asked for: as it is
    assert overlay[18, 10].tolist() != [255, 0, 0]


def test_with_depth_at_hand_the_position_is_told(peer: Peer, start_query: Start) -> None:
    points = peer.listen(PointStamped, 'query/point')
    masks = peer.listen(Image, 'query/mask')
    start_query('-p', 'queries:=[red]', '-p', 'depth_topic:=depth/image_rect')
    depths = peer.node.create_publisher(Image, 'depth/image_rect', 10)
    depth_infos = peer.node.create_publisher(CameraInfo, 'depth/camera_info', 10)
    camera = peer.camera()
    camera.wait_for_node(2)
    peer.wait(lambda: depths.get_subscription_count() > 0, 'subscription to depth')
    peer.wait(lambda: depth_infos.get_subscription_count() > 0, 'subscription to its camera_info')

    def publish_depth(stamp: int) -> None:
        values = np.full((HEIGHT, WIDTH), 8.0, np.float32)
        values[:, :48] = 2.5
        message = Image(height=HEIGHT, width=WIDTH, encoding='32FC1', step=4 * WIDTH)
        message.data = array('B', values.tobytes())
        fill_header(message.header, stamp, 'optical')
        depth_infos.publish(info_message(WIDTH, HEIGHT, stamp))
        depths.publish(message)

    stamp = camera.publish(squares())
    publish_depth(stamp)
    point = peer.wait(lambda: points, 'position')[0]
    assert (stamp_ns(point), point.header.frame_id) == (stamp, 'optical')
    assert point.point.z == 2.5
    centre = FOCAL_LENGTH * point.point.x / 2.5 + (WIDTH - 1) / 2
    assert centre == pytest.approx(20.5, abs=1.5)
    # Depth of another stamp is no depth of this picture.
    publish_depth(camera.next_ns + 1)
    camera.publish(squares())
    peer.wait(lambda: len(masks) == 2, 'mask')
    peer.wait_for_value('frames_out', '2')
    assert len(points) == 1


def test_detections_and_what_the_ids_mean(peer: Peer, start_query: Start) -> None:
    kinds = pytest.importorskip('vision_msgs.msg', reason='vision_msgs has no wheel')
    events: list[Any] = []
    subscribe = peer.node.create_subscription
    subscribe(kinds.LabelInfo, 'query/label_info', events.append, LATCHED)
    subscribe(kinds.Detection2DArray, 'query/detections', events.append, 10)
    talk = Conversation(peer)
    start_query('-p', 'queries:=[red, the blue thing]')
    camera = peer.camera()
    camera.wait_for_node()
    stamp = camera.publish(squares())
    peer.wait(lambda: any(isinstance(one, kinds.Detection2DArray) for one in events), 'answer')
    info, found = events[-2:]
    names = [(one.class_id, one.class_name) for one in info.class_map]
    assert names == [(1, 'red'), (2, 'the blue thing')]
    assert info.threshold == 0.5
    assert stamp_ns(found) == stamp
    assert [one.results[0].hypothesis.class_id for one in found.detections] == ['1', '2']
    box = found.detections[0].bbox
    assert box.center.position.x == pytest.approx(21, abs=1.5)
    assert box.size_x == pytest.approx(24, abs=2)
    assert 0.9 < found.detections[0].results[0].hypothesis.score <= 1.0
    assert found.detections[0].results[0].pose.pose.position.z == 0.0
    before = len(events)
    talk.say('green')
    camera.publish(squares())
    peer.wait(lambda: len(events) == before + 2, 'label_info and an empty answer')
    assert [one.class_name for one in events[-2].class_map] == ['green']
    assert list(events[-1].detections) == []
