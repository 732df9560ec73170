# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Quality of service, live: what fits delivers, what does not is said aloud."""

from __future__ import annotations

import itertools

import pytest
from nodes.conftest import Start
from support.ros import need

need('rclpy')

from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402
from support.ros_peer import Peer, grey_image  # noqa: E402

pytestmark = pytest.mark.ros

RELIABILITIES = {
    'reliable': ReliabilityPolicy.RELIABLE,
    'best_effort': ReliabilityPolicy.BEST_EFFORT,
}
DURABILITIES = {
    'volatile': DurabilityPolicy.VOLATILE,
    'latched': DurabilityPolicy.TRANSIENT_LOCAL,
}


def quality(reliability: str, durability: str = 'volatile') -> QoSProfile:
    return QoSProfile(
        depth=5,
        reliability=RELIABILITIES[reliability],
        durability=DURABILITIES[durability],
    )


def test_every_camera_is_heard_and_every_volatile_listener_served(
    peer: Peer, start_depth: Start
) -> None:
    listeners = {
        name: Peer('', 'depth_node').listen_to(Image, 'depth/image_rect', quality(name))
        for name in RELIABILITIES
    }
    start_depth()
    for reliability, durability in itertools.product(RELIABILITIES, DURABILITIES):
        camera = peer.camera(quality(reliability, durability))
        camera.wait_for_node(len(listeners))
        for listener in listeners.values():
            listener.received['depth/image_rect'].clear()
        for name, listener in listeners.items():
            received = listener.received['depth/image_rect']

            def served(one: Peer = listener, images: list[Image] = received) -> bool:
                one.spin()
                return bool(images)

            what = f'{reliability} {durability} camera, {name} listener'
            camera.publish_until(served, grey_image(0), what)
        camera.close()
    for listener in listeners.values():
        listener.close()


def test_a_camera_that_does_not_fit_an_override_is_named(peer: Peer, start_depth: Start) -> None:
    node = start_depth(
        *('-p', 'qos_overrides./image_rect.subscription.reliability:=reliable'),
        *('-p', 'qos_overrides./image_rect.subscription.depht:=3'),
        *('-p', 'input_timeout_s:=0.5'),
    )
    camera = peer.camera(quality('best_effort'))
    said = "no data on '/image_rect' between this node and /peer: ERROR"
    peer.wait(lambda: said in node.output, 'error')
    assert 'reliab' in node.output.partition(said)[2].lower()
    peer.wait(lambda: '/image_rect' in peer.value('qos'), 'diagnostics')
    assert peer.status.level == bytes([1])
    assert (
        "there is no parameter 'qos_overrides./image_rect.subscription.depht'; did you mean "
        "'qos_overrides./image_rect.subscription.depth'?"
    ) in node.output
    camera.close()
    peer.wait_for_value('qos', 'ok')


def test_another_type_on_the_topic_is_named(peer: Peer, start_depth: Start) -> None:
    node = start_depth()
    peer.wait_for_value('state', 'active')
    wrong = peer.node.create_publisher(CameraInfo, 'image_rect', 10)
    said = (
        "no data on '/image_rect' between this node and /peer: it is sensor_msgs/msg/CameraInfo "
        'there and sensor_msgs/msg/Image here'
    )
    peer.wait(lambda: said in node.output, 'error')
    peer.wait(lambda: said in peer.value('qos'), 'diagnostics')
    peer.node.destroy_publisher(wrong)
    peer.wait_for_value('qos', 'ok')


def test_a_listener_that_asks_for_latched_depth_is_named(peer: Peer, start_depth: Start) -> None:
    node = start_depth()
    peer.wait_for_value('state', 'active')
    peer.listen(Image, 'depth/image_rect', quality('reliable', 'latched'))
    said = "no data on '/depth/image_rect' between this node and /peer"
    peer.wait(lambda: said in node.output, 'error')
    peer.wait(lambda: '/depth/image_rect' in peer.value('qos'), 'diagnostics')


def test_an_override_can_latch_depth(peer: Peer, start_depth: Start) -> None:
    start_depth('-p', 'qos_overrides./depth/image_rect.publisher.durability:=transient_local')
    depths = peer.listen(Image, 'depth/image_rect')
    camera = peer.camera()
    camera.wait_for_node()
    camera.publish_until(lambda: depths, grey_image(0), 'answer')
    peer.stop_listening('depth/image_rect')
    late = peer.listen(Image, 'depth/image_rect', quality('reliable', 'latched'))
    late.clear()
    peer.wait(lambda: late, 'the latched image')


def test_an_override_that_is_none_fails_configure(peer: Peer, start_depth: Start) -> None:
    node = start_depth('-p', 'qos_overrides./depth/image_rect.publisher.reliability:=sometimes')
    peer.wait(lambda: 'cannot configure' in node.output, 'failure')
    assert "QoS override of topic 'depth/image_rect'" in node.output
    assert 'sometimes' in node.output
    assert 'Traceback' not in node.output


def test_a_silent_camera_is_reported_with_what_may_help(peer: Peer, start_depth: Start) -> None:
    start_depth('-p', 'input_timeout_s:=0.5')
    peer.wait(lambda: peer.status and 'nobody publishes it' in peer.status.message, 'report')
    assert peer.status.level == bytes([1])
    camera = peer.camera()
    hint = 'qos_overrides./image_rect.subscription.reliability'
    peer.wait(lambda: hint in peer.status.message, 'hint')
    camera.publish(grey_image(0))
    peer.wait(lambda: 'no image' not in peer.status.message, 'recovery')
