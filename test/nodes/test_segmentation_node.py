# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the segmentation node publishes, live."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from nodes.conftest import Start
from support.ros import NodeProcess, need

need('rclpy')

from rcl_interfaces.msg import ParameterType  # noqa: E402
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402
from std_msgs.msg import String  # noqa: E402
from support.ros_peer import (  # noqa: E402
    FOCAL_LENGTH,
    Camera,
    Peer,
    image_message,
    pixels_of,
    stamp_ns,
)

from diffperc_ros.bundle.bundle import Bundle  # noqa: E402
from diffperc_ros.core.frame import Frame, Stamp  # noqa: E402
from diffperc_ros.nodes.publishing.vision_messages import vision_messages  # noqa: E402
from diffperc_ros.perception.segmentation import SegmentationSettings, Segmenter  # noqa: E402
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime  # noqa: E402

pytestmark = pytest.mark.ros

WIDTH, HEIGHT = 96, 72
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
RNG = np.random.default_rng(0)
Strings = ParameterType.PARAMETER_STRING_ARRAY


def stripes() -> np.ndarray:
    """Return an image of red, green and blue, a third each."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for channel in range(3):
        image[:, channel * 32 : (channel + 1) * 32, channel] = 255
    return image


@pytest.fixture
def peer(peer_of: Callable[..., Peer]) -> Peer:
    return peer_of('segmentation_node')


@pytest.fixture
def start_segmentation(start_node: Start, models: dict[str, str]) -> Start:
    def start_one(*arguments: str) -> NodeProcess:
        return start_node(
            'segmentation_node', '-p', f'model:={models["segmentation"]}', *arguments
        )

    return start_one


def ready(peer: Peer, listeners: int = 1) -> Camera:
    camera = peer.camera()
    camera.wait_for_node(listeners)
    return camera


def test_masks_equal_to_the_segmenter_with_camera_info(
    peer: Peer, start_segmentation: Start, segmentation_bundle: Bundle
) -> None:
    masks = peer.listen(Image, 'segmentation/mask')
    sure = peer.listen(Image, 'segmentation/confidence')
    infos = peer.listen(CameraInfo, 'segmentation/camera_info')
    provenance = peer.listen(String, 'segmentation/provenance', LATCHED)
    start_segmentation('-p', 'confidence_threshold:=0.6')
    camera = ready(peer, 2)
    graph = OnnxRuntime(segmentation_bundle.file('segmentation.onnx'))
    settings = SegmentationSettings(confidence_threshold=0.6)
    for number in range(1, 4):
        pixels = RNG.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        stamp = camera.publish(pixels)
        peer.wait(lambda n=number: len(masks) == len(infos) == len(sure) == n, 'answer')
        expected = Segmenter(segmentation_bundle, graph, settings).perceive(
            Frame(pixels, Stamp(0, 0), '')
        )
        np.testing.assert_array_equal(pixels_of(masks[-1]), expected.class_ids)
        np.testing.assert_array_equal(pixels_of(sure[-1]), expected.confidence)
        assert 255 in expected.class_ids
        for message in (masks[-1], sure[-1]):
            assert (message.encoding, message.step) == ('mono8', WIDTH)
        for message in (masks[-1], sure[-1], infos[-1]):
            assert (stamp_ns(message), message.header.frame_id) == (stamp, 'optical')
        assert (infos[-1].k[0], infos[-1].width) == (FOCAL_LENGTH, WIDTH)
    content = json.loads(provenance[0].data)
    assert content['sha256'] == segmentation_bundle.sha256
    assert content['parameters']['confidence_threshold'] == 0.6


def test_without_a_camera_masks_come_all_the_same(peer: Peer, start_segmentation: Start) -> None:
    masks = peer.listen(Image, 'segmentation/mask')
    infos = peer.listen(CameraInfo, 'segmentation/camera_info')
    overlays = peer.listen(Image, 'segmentation/overlay', qos_profile_sensor_data)
    start_segmentation('-p', 'output_size:=[48, 36]')
    images = peer.node.create_publisher(Image, 'image_rect', 1)
    peer.wait(lambda: images.get_subscription_count() > 0, 'subscription to the image')
    peer.wait_for_value('subscribers', '2')
    images.publish(image_message(stripes(), 7))
    mask = pixels_of(peer.wait(lambda: masks and overlays and masks, 'mask')[0])
    assert mask.shape == (36, 48)
    assert set(np.unique(mask)) == {1, 2, 3}
    assert mask[18, [4, 24, 44]].tolist() == [1, 2, 3]
    assert pixels_of(overlays[0])[18, 4].tolist() == [255, 0, 0]
    assert infos == []
    assert peer.value('camera_info') == 'missing'
    assert peer.value('dropped_bad') == '0'


def test_classes_can_be_chosen_at_run_time(peer: Peer, start_segmentation: Start) -> None:
    masks = peer.listen(Image, 'segmentation/mask')
    start_segmentation('-p', 'classes:=[red, green]')
    camera = ready(peer)

    def ids() -> set[int]:
        before = len(masks)
        camera.publish(stripes())
        peer.wait(lambda: len(masks) > before, 'mask')
        return set(np.unique(pixels_of(masks[-1])).tolist())

    assert ids() == {1, 2, 0}
    answer = peer.set_parameter('classes', type=Strings, string_array_value=['blue'])
    assert answer.successful
    assert ids() == {0, 3}
    refused = peer.set_parameter('classes', type=Strings, string_array_value=['blue', 'rot'])
    assert not refused.successful
    assert refused.reason == "no label is called 'rot'; there are: red, green, blue"
    assert ids() == {0, 3}
    assert peer.set_parameter('classes', type=Strings, string_array_value=[]).successful
    assert ids() == {1, 2, 3}
    static = peer.set_parameter(
        'class_id_offset', type=ParameterType.PARAMETER_INTEGER, integer_value=0
    )
    assert not static.successful


def test_a_class_nobody_knows_fails_configure(peer: Peer, start_segmentation: Start) -> None:
    node = start_segmentation('-p', 'classes:=[rot]')
    peer.wait(lambda: 'cannot configure' in node.output, 'failure')
    assert "no label is called 'rot'; there are: red, green, blue" in node.output
    assert peer.state() == 'unconfigured'
    assert not peer.node.count_publishers('segmentation/mask')


def test_a_bundle_of_another_task_is_refused(
    peer: Peer, start_node: Start, models: dict[str, str]
) -> None:
    node = start_node('segmentation_node', '-p', f'model:={models["depth"]}')
    peer.wait(lambda: 'cannot configure' in node.output, 'failure')
    assert 'a bundle for depth; this needs one for segmentation' in node.output


def test_who_misses_vision_msgs_is_told(peer: Peer, start_segmentation: Start) -> None:
    if vision_messages():
        pytest.skip('vision_msgs is installed')
    masks = peer.listen(Image, 'segmentation/mask')
    node = start_segmentation()
    camera = ready(peer)
    peer.wait(lambda: 'vision-msgs' in peer.status.message, 'diagnostics')
    assert peer.status.level == bytes([1])
    assert peer.value('vision_msgs') == 'missing'
    camera.publish(stripes())
    peer.wait(lambda: masks, 'mask')
    assert node.output.count('vision_msgs is not installed: apt install ros-') == 1
    assert not peer.node.count_publishers('segmentation/label_info')


def test_the_ids_are_explained_before_the_first_mask_that_uses_them(
    peer: Peer, start_segmentation: Start
) -> None:
    kinds = pytest.importorskip('vision_msgs.msg', reason='vision_msgs has no wheel')
    events: list[Any] = []
    peer.node.create_subscription(
        kinds.LabelInfo, 'segmentation/label_info', events.append, LATCHED
    )
    peer.node.create_subscription(Image, 'segmentation/mask', events.append, 10)
    start_segmentation('-p', 'classes:=[green]', '-p', 'confidence_threshold:=0.25')
    camera = ready(peer)
    camera.publish(stripes())
    peer.wait(lambda: len(events) == 2, 'label_info and mask')
    info, mask = events
    assert [(one.class_id, one.class_name) for one in info.class_map] == [(2, 'green')]
    assert info.threshold == 0.25
    assert isinstance(mask, Image)
    # A change is told though no image comes, and a late listener is told the latest.
    assert peer.set_parameter('classes', type=Strings, string_array_value=['blue']).successful
    peer.wait(lambda: len(events) == 3, 'label_info')
    assert [one.class_name for one in events[2].class_map] == ['blue']
    assert stamp_ns(events[2]) > stamp_ns(info)
    late = peer.listen(kinds.LabelInfo, 'segmentation/label_info', LATCHED)
    peer.wait(lambda: late, 'latched label_info')
    assert [(one.class_id, one.class_name) for one in late[0].class_map] == [(3, 'blue')]
    camera.publish(stripes())
    peer.wait(lambda: len(events) == 4, 'mask')
    assert set(np.unique(pixels_of(events[3]))) == {0, 3}
