# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the depth node publishes, live."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from nodes.conftest import Start
from support.bundles import FOCAL_LENGTH as TRAINED_FOCAL_LENGTH
from support.bundles import expected_depth
from support.ros import need

need('rclpy')

from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import CameraInfo, CompressedImage, Image  # noqa: E402
from std_msgs.msg import String  # noqa: E402
from support.ros_peer import (  # noqa: E402
    FOCAL_LENGTH,
    Peer,
    fill_header,
    grey_image,
    image_message,
    info_message,
    pixels_of,
    stamp_ns,
)

from diffperc_ros.bundle.bundle import Bundle  # noqa: E402
from diffperc_ros.core.camera import Camera  # noqa: E402
from diffperc_ros.core.frame import Frame, Stamp  # noqa: E402
from diffperc_ros.core.results import DepthImage  # noqa: E402
from diffperc_ros.perception.depth import DepthEstimator  # noqa: E402
from diffperc_ros.runtimes.select import open_runtime  # noqa: E402

pytestmark = pytest.mark.ros

WIDTH, HEIGHT = 96, 72
CAMERA = Camera(WIDTH, HEIGHT, FOCAL_LENGTH, FOCAL_LENGTH, (WIDTH - 1) / 2, (HEIGHT - 1) / 2)
RNG = np.random.default_rng(0)


def noise(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    return RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)


def offline(bundle: Bundle, pixels: np.ndarray, camera: Camera | None = CAMERA) -> DepthImage:
    estimator = DepthEstimator(bundle, open_runtime(bundle))
    return estimator.perceive(Frame(pixels, Stamp(0, 0), '', camera))


def metric(grey: float, focal: float = FOCAL_LENGTH, width: int = WIDTH) -> float:
    """Depth that the tiny bundle gives a grey image of this width and focal length."""
    return expected_depth(grey) * focal * 64 / width / TRAINED_FOCAL_LENGTH


def test_one_depth_and_one_info_a_frame_equal_to_the_estimator(
    peer: Peer, start_depth: Start, brightness_bundle: Bundle
) -> None:
    depths = peer.listen(Image, 'depth/image_rect')
    infos = peer.listen(CameraInfo, 'depth/camera_info')
    start_depth()
    camera = peer.camera()
    camera.wait_for_node()
    for number in range(1, 6):
        pixels = noise()
        stamp = camera.publish(pixels)
        peer.wait(lambda n=number: len(depths) == len(infos) == n, f'answer {number}')
        depth, info = depths[-1], infos[-1]
        np.testing.assert_array_equal(pixels_of(depth), offline(brightness_bundle, pixels).values)
        assert (depth.encoding, depth.step, depth.is_bigendian) == ('32FC1', 4 * WIDTH, 0)
        assert stamp_ns(depth) == stamp_ns(info) == stamp
        assert depth.header.frame_id == info.header.frame_id == 'optical'
        assert list(info.k) == list(info_message(WIDTH, HEIGHT, 0).k)
        assert list(info.p) == list(info_message(WIDTH, HEIGHT, 0).p)
        assert list(info.r) == [1, 0, 0, 0, 1, 0, 0, 0, 1]
        assert list(info.d) == [0] * 5
    peer.wait_for_value('frames_out', '5')
    assert peer.value('dropped_busy') == peer.value('dropped_bad') == '0'
    assert peer.value('camera_info') == 'ok'
    assert peer.value('input_encoding') == 'rgb8'
    assert peer.value('input_size') == f'{WIDTH}x{HEIGHT}'
    on_gpu = {peer.value(key) for key in ('trt_version', 'gpu_mem_mib', 'gpu_free_mib')}
    assert on_gpu == {'none'}, 'this engine runs on the CPU'


def test_millimetres_at_half_the_size(
    peer: Peer, start_depth: Start, brightness_bundle: Bundle
) -> None:
    depths = peer.listen(Image, 'depth/image_rect')
    infos = peer.listen(CameraInfo, 'depth/camera_info')
    start_depth('-p', 'depth_encoding:=16UC1', '-p', 'output_size:=[48, 36]')
    camera = peer.camera()
    camera.wait_for_node()
    camera.publish(grey_image(100))
    peer.wait(lambda: depths and infos, 'answer')
    depth, info = depths[0], infos[0]
    assert (depth.encoding, depth.width, depth.height, depth.step) == ('16UC1', 48, 36, 96)
    assert (pixels_of(depth) == round(1000 * metric(100))).all()
    assert (info.width, info.height) == (48, 36)
    assert info.k[0] == info.p[0] == FOCAL_LENGTH / 2
    # Pixel centres on integers: the middle of the image stays its middle.
    assert (info.k[2], info.k[5]) == (info.p[2], info.p[6]) == (23.5, 17.5)


def test_network_size_overlay_and_provenance(
    peer: Peer, start_depth: Start, brightness_bundle: Bundle
) -> None:
    overlays = peer.listen(Image, 'depth/overlay', qos_profile_sensor_data)
    start_depth('-p', 'output_size:=[-1, -1]')
    camera = peer.camera()
    camera.wait_for_node()
    pixels = grey_image(0)
    pixels[:, WIDTH // 2 :] = 255
    camera.publish(pixels)
    overlay = pixels_of(peer.wait(lambda: overlays, 'overlay')[0])
    assert overlay.shape == (48, 64, 3)
    assert overlay[24, 5, 0] > overlay[24, 5, 2]  # near is red
    assert overlay[24, 60, 2] > overlay[24, 60, 0]  # far is blue
    # Latched: a listener that comes late gets it, though it was published long ago.
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    provenance = peer.listen(String, 'depth/provenance', latched)
    content = json.loads(peer.wait(lambda: provenance, 'provenance')[0].data)
    assert content['sha256'] == brightness_bundle.sha256
    assert content['bundle'] == 'brightness'
    assert content['engine'] == 'onnxruntime'
    assert content['prompt']['source'] == 'learned'
    assert content['parameters']['output_size'] == [-1, -1]


def test_two_namespaced_instances_do_not_mix(ros: None, start_depth: Start) -> None:
    peers = {name: Peer(f'/{name}') for name in ('front', 'rear')}
    greys = {'front': 50, 'rear': 200}
    for name in peers:
        start_depth('-r', f'__ns:=/{name}')
    answers = {name: peer.listen(Image, 'depth/image_rect') for name, peer in peers.items()}
    cameras = {name: peer.camera() for name, peer in peers.items()}
    for camera in cameras.values():
        camera.wait_for_node()
    for name, camera in cameras.items():
        camera.publish(grey_image(greys[name]))
    for name, peer in peers.items():
        depth = peer.wait(lambda n=name: answers[n], f'answer of {name}')[0]
        np.testing.assert_allclose(pixels_of(depth), metric(greys[name]), rtol=1e-6)
        peer.wait_for_value('frames_in', '1')
        assert len(answers[name]) == 1
    for peer in peers.values():
        peer.close()


def test_bad_input_is_dropped_and_the_next_good_frame_works(
    peer: Peer, start_depth: Start
) -> None:
    """Sizes change, intrinsics are wrong, encodings unknown: nothing wrong gets out."""
    depths = peer.listen(Image, 'depth/image_rect')
    infos = peer.listen(CameraInfo, 'depth/camera_info')
    node = start_depth()
    camera = peer.camera()
    camera.wait_for_node()

    def stamped(**fields: list[float]) -> CameraInfo:
        message = info_message(WIDTH, HEIGHT, camera.next_ns)
        for name, value in fields.items():
            setattr(message, name, value)
        return message

    def expect_drop(number: int, status: str) -> None:
        peer.wait_for_value('dropped_bad', str(number))
        assert peer.value('camera_info') == status
        assert peer.status.level == bytes([2])

    nan = float('nan')
    camera.publish(grey_image(10), info=stamped(k=[0.0] * 9, p=[0.0] * 12))
    expect_drop(1, 'invalid')
    camera.publish(grey_image(10), info=stamped(k=[nan] * 9, p=[nan] * 12))
    expect_drop(2, 'invalid')
    camera.publish(grey_image(10), info=info_message(640, 480, camera.next_ns))
    expect_drop(3, 'size_mismatch')
    assert not depths
    assert not infos
    camera.publish(grey_image(10), info=stamped(p=[0.0] * 12))  # K alone is enough
    peer.wait(lambda: len(depths) == len(infos) == 1, 'recovery')
    assert infos[0].p[0] == FOCAL_LENGTH
    camera.publish(grey_image(10), info=stamped(k=[0.0] * 9))  # P alone is enough
    peer.wait(lambda: len(depths) == len(infos) == 2, 'recovery')
    assert infos[1].k[0] == FOCAL_LENGTH

    for encoding, change in (('nonsense', {}), ('rgb8', {'width': 0}), ('rgb8', {'step': 1})):
        message = image_message(grey_image(10), camera.next_ns, encoding)
        for name, value in change.items():
            setattr(message, name, value)
        before = int(peer.value('dropped_bad'))
        camera.infos.publish(stamped())
        camera.images.publish(message)
        camera.next_ns += 10**8
        peer.wait_for_value('dropped_bad', str(before + 1))
    assert "encoding 'nonsense'" in node.output
    assert 'accepted are: rgb8' in node.output

    for number, (width, height) in enumerate([(1280, 720), (48, 64), (97, 33)], start=3):
        camera.publish(grey_image(90, width, height))
        peer.wait(lambda n=number: len(depths) == len(infos) == n, f'{width}x{height}')
        for message in (depths[-1], infos[-1]):
            assert (message.width, message.height) == (width, height)
        known = pixels_of(depths[-1])
        assert np.isfinite(known).all()
    assert node.is_running
    assert 'Traceback' not in node.output


def test_compressed_images(peer: Peer, start_depth: Start) -> None:
    depths = peer.listen(Image, 'depth/image_rect')
    start_depth('-p', 'image_transport:=compressed', '-r', 'image_rect:=camera/image_rect')
    images = peer.node.create_publisher(CompressedImage, 'camera/image_rect/compressed', 1)
    infos = peer.node.create_publisher(CameraInfo, 'camera/camera_info', 1)
    peer.wait(lambda: images.get_subscription_count() > 0, 'subscription to the image')
    peer.wait(lambda: infos.get_subscription_count() > 0, 'sibling camera_info')
    peer.wait_for_value('subscribers', '1')
    message = CompressedImage(format='rgb8; png compressed bgr8')
    message.data = cv2.imencode('.png', grey_image(120))[1].tobytes()
    fill_header(message.header, 5, 'optical')
    infos.publish(info_message(WIDTH, HEIGHT, 5))
    images.publish(message)
    depth = peer.wait(lambda: depths, 'answer')[0]
    np.testing.assert_allclose(pixels_of(depth), metric(120), rtol=1e-6)
    assert stamp_ns(depth) == 5


def test_camera_info_can_be_remapped_and_need_not_be_stamped(
    peer: Peer, start_depth: Start
) -> None:
    """A driver that publishes camera_info once, somewhere else, with its own stamp."""
    depths = peer.listen(Image, 'depth/image_rect')
    start_depth('-r', 'image_rect:=front/image_raw', '-r', 'camera_info:=calibration')
    images = peer.node.create_publisher(Image, 'front/image_raw', 1)
    infos = peer.node.create_publisher(CameraInfo, 'calibration', 1)
    peer.wait(lambda: images.get_subscription_count() > 0, 'subscription to the image')
    peer.wait(lambda: infos.get_subscription_count() > 0, 'subscription to camera_info')
    peer.wait_for_value('subscribers', '1')
    distorted = info_message(WIDTH, HEIGHT, 1)
    distorted.d = [0.1, -0.2, 0.0, 0.0, 0.0]
    infos.publish(distorted)
    for number in (1, 2):
        images.publish(image_message(grey_image(60), 10**9 * number))
        peer.wait(lambda n=number: len(depths) == n, 'answer')
    peer.wait_for_value('camera_info', 'unpaired')
    assert peer.value('input_rectified') == 'suspect'
    peer.wait(lambda: peer.status.level == bytes([1]), 'a warning')


@pytest.mark.parametrize(
    ('arguments', 'topic', 'expected'),
    [
        (('-p', 'focal_source:=none'), 'depth/relative', expected_depth(80)),
        (
            ('-p', 'focal_source:=parameter', '-p', 'focal_length:=180.0'),
            'depth/image_rect',
            metric(80, 180.0),
        ),
    ],
    ids=['none', 'parameter'],
)
def test_other_sources_of_the_focal_length(
    peer: Peer, start_depth: Start, arguments: tuple[str, ...], topic: str, expected: float
) -> None:
    depths = peer.listen(Image, topic)
    infos = peer.listen(CameraInfo, 'depth/camera_info')
    start_depth(*arguments)
    images = peer.node.create_publisher(Image, 'image_rect', 1)
    peer.wait(lambda: images.get_subscription_count() > 0, 'subscription to the image')
    peer.wait_for_value('subscribers', '1')
    images.publish(image_message(grey_image(80), 7))
    depth = peer.wait(lambda: depths, 'answer')[0]
    np.testing.assert_allclose(pixels_of(depth), expected, rtol=1e-6)
    if topic == 'depth/image_rect':
        info = peer.wait(lambda: infos, 'camera_info')[0]
        assert (info.k[0], info.k[2]) == (180.0, (WIDTH - 1) / 2)
    else:
        names = [name for name, _ in peer.node.get_topic_names_and_types()]
        assert '/depth/image_rect' not in names or not peer.node.count_publishers(
            '/depth/image_rect'
        )
