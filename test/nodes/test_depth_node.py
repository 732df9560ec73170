# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the depth node publishes, live."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from support.ros import NodeProcess, need

need('rclpy')

from sensor_msgs.msg import CameraInfo, Image  # noqa: E402
from support.ros_peer import (  # noqa: E402
    FOCAL_LENGTH,
    Peer,
    info_message,
    pixels_of,
    stamp_ns,
)

from diffperc_ros.bundle.bundle import Bundle  # noqa: E402
from diffperc_ros.core.camera import Camera  # noqa: E402
from diffperc_ros.core.frame import Frame, Stamp  # noqa: E402
from diffperc_ros.perception.depth import DepthEstimator  # noqa: E402
from diffperc_ros.runtimes.select import open_runtime  # noqa: E402

pytestmark = pytest.mark.ros
Start = Callable[..., NodeProcess]


@pytest.fixture
def peer(ros: None) -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.close()


def test_one_depth_and_one_info_a_frame_equal_to_the_estimator(
    peer: Peer, start_depth: Start, brightness_bundle: Bundle
) -> None:
    depths, infos = (
        peer.listen(Image, 'depth/image_rect'),
        peer.listen(CameraInfo, 'depth/camera_info'),
    )
    start_depth()
    camera = peer.camera()
    camera.wait_for_node()
    estimator = DepthEstimator(brightness_bundle, open_runtime(brightness_bundle))
    random = np.random.default_rng(0)
    for number in range(1, 6):
        pixels = random.integers(0, 256, (72, 96, 3), dtype=np.uint8)
        stamp = camera.publish(pixels)
        peer.wait(lambda n=number: len(depths) == len(infos) == n, f'answer {number}')
        depth, info = depths[-1], infos[-1]
        offline = estimator.estimate(
            Frame(pixels, Stamp(0, 0), '', Camera(96, 72, FOCAL_LENGTH, FOCAL_LENGTH, 47.5, 35.5))
        )
        np.testing.assert_array_equal(pixels_of(depth), offline.values)
        assert (depth.encoding, depth.step, depth.is_bigendian) == ('32FC1', 4 * 96, 0)
        assert stamp_ns(depth) == stamp_ns(info) == stamp
        assert depth.header.frame_id == info.header.frame_id == 'optical'
        assert list(info.k) == list(info_message(96, 72, 0).k)
        assert list(info.p) == list(info_message(96, 72, 0).p)
    peer.wait_for_value('frames_out', '5')
    assert peer.value('dropped_busy') == peer.value('dropped_bad') == '0'
