# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the depth node.

    ros2 launch diffperc_ros depth.launch.py image_topic:=/camera/color/image_raw

What is given here wins over params_file, which wins over the defaults of the node.
"""

from pathlib import Path

from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from launch import LaunchContext, LaunchDescription

OUTPUTS = (
    'depth/image_rect',
    'depth/camera_info',
    'depth/relative',
    'depth/overlay',
    'depth/provenance',
)
# Argument -> what it says. An empty value leaves the matter to params_file or to the node.
ARGUMENTS = {
    'namespace': 'namespace of the node and of its relative topics',
    'node_name': 'name of the node',
    'image_topic': 'rectified colour images to look at',
    'camera_info_topic': 'their camera_info; empty: beside the image topic',
    'output_ns': "namespace of the results in place of 'depth'",
    'params_file': 'parameters of the node, see config/depth.yaml',
    'model': 'name of an installed bundle or path of a bundle folder',
    'image_transport': 'raw or compressed',
    'autostart': 'whether the node configures and activates itself',
    'use_sim_time': 'whether time comes from /clock',
    'log_level': 'debug, info, warn, error or fatal',
    'respawn': 'whether a node that died is started again',
}
DEFAULTS = {'node_name': 'depth_node', 'log_level': 'info', 'respawn': 'false'}
BOOLEANS = ('autostart', 'use_sim_time')


def is_true(name: str, value: str) -> bool:
    """Read a truth value as launch itself writes them."""
    if value.lower() not in ('true', 'false', '1', '0'):
        raise ValueError(f"argument {name} must be true or false, not '{value}'")
    return value.lower() in ('true', '1')


def depth_node(context: LaunchContext) -> list[Node]:
    """Return the node that the arguments describe."""
    given = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    parameters: list[object] = []
    if given['params_file']:
        # launch_ros only warns of a missing file and starts the node with its defaults.
        if not Path(given['params_file']).is_file():
            raise FileNotFoundError(f"params_file '{given['params_file']}' is not a file")
        parameters.append(given['params_file'])
    explicit: dict[str, object] = {
        name: given[name] for name in ('model', 'image_transport') if given[name]
    }
    explicit |= {name: is_true(name, given[name]) for name in BOOLEANS if given[name]}
    if explicit:
        parameters.append(explicit)
    remappings = [
        (name, given[argument])
        for name, argument in (('image_rect', 'image_topic'), ('camera_info', 'camera_info_topic'))
        if given[argument]
    ]
    if given['output_ns']:
        remappings += [(topic, topic.replace('depth', given['output_ns'], 1)) for topic in OUTPUTS]
    return [
        Node(
            package='diffperc_ros',
            executable='depth_node',
            name=given['node_name'],
            namespace=given['namespace'],
            parameters=parameters,
            remappings=remappings,
            arguments=['--ros-args', '--log-level', given['log_level']],
            respawn=is_true('respawn', given['respawn']),
            output='screen',
        )
    ]


def generate_launch_description() -> LaunchDescription:
    """Return the description that ros2 launch asks for."""
    arguments = [
        DeclareLaunchArgument(name, default_value=DEFAULTS.get(name, ''), description=text)
        for name, text in ARGUMENTS.items()
    ]
    return LaunchDescription([*arguments, OpaqueFunction(function=depth_node)])
