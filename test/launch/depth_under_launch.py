# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two cameras' depth nodes under the launch file, for launch_testing.

    DIFFPERC_TEST_MODEL=BUNDLE_FOLDER launch_test test/launch/depth_under_launch.py

The first takes its settings from a file and one argument that overrules it, the second has a
namespace of its own and its results elsewhere.
"""

from __future__ import annotations

import os
import tempfile
import unittest
from pathlib import Path
from typing import Any

import launch_testing.actions
import launch_testing.asserts
import rclpy
from ament_index_python.packages import get_package_share_directory
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from sensor_msgs.msg import Image
from support.ros_peer import Peer, grey_image, pixels_of

from launch import LaunchDescription

MODEL = os.environ['DIFFPERC_TEST_MODEL']
SETTINGS = """
/**:
  ros__parameters:
    model: overruled
    depth_encoding: 16UC1
    diagnostic_updater.period: 0.1
"""


def generate_test_description() -> LaunchDescription:
    """Include the installed launch file twice."""
    file = Path(get_package_share_directory('diffperc_ros')) / 'launch' / 'depth.launch.py'
    settings = Path(tempfile.mkdtemp()) / 'depth.yaml'
    settings.write_text(SETTINGS)
    front = {
        'namespace': 'front',
        'image_topic': 'camera/image',
        'output_ns': 'range',
        'log_level': 'debug',
    }

    def include(**arguments: str) -> IncludeLaunchDescription:
        common = {'model': MODEL, 'params_file': str(settings)}
        return IncludeLaunchDescription(
            PythonLaunchDescriptionSource(str(file)),
            launch_arguments=list({**common, **arguments}.items()),
        )

    nodes = [include(), include(**front)]
    return LaunchDescription([*nodes, launch_testing.actions.ReadyToTest()])


class TestDepth(unittest.TestCase):
    """Both nodes answer on the topics that the arguments name."""

    @classmethod
    def setUpClass(cls) -> None:
        rclpy.init()

    @classmethod
    def tearDownClass(cls) -> None:
        rclpy.shutdown()

    def check(self, namespace: str, image: str, depth: str) -> None:
        peer = Peer(namespace)
        depths = peer.listen(Image, depth)
        camera = peer.camera(topic=image)
        camera.wait_for_node()
        camera.publish(grey_image(100))
        answer = peer.wait(lambda: depths, 'depth')[0]
        assert answer.encoding == '16UC1'
        assert pixels_of(answer).min() > 0
        peer.close()

    def test_settings_of_the_file_and_the_argument_over_it(self) -> None:
        self.check('', 'image_rect', 'depth/image_rect')

    def test_namespace_topics_and_outputs(self) -> None:
        self.check('/front', 'camera/image', 'range/image_rect')


@launch_testing.post_shutdown_test()
class TestShutdown(unittest.TestCase):
    """launch ends its nodes with SIGINT."""

    def test_exit_codes(self, proc_info: Any) -> None:
        launch_testing.asserts.assertExitCodes(proc_info)
