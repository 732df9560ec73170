# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the launch files have in common: their arguments, and the node that those describe.

What is given to a launch file wins over params_file, which wins over the defaults of the node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from launch import LaunchContext, LaunchDescription  # type: ignore[attr-defined, unused-ignore]

# Argument -> what it says. An empty value leaves the matter to params_file or to the node.
COMMON_ARGUMENTS = {
    'namespace': 'namespace of the node and of its relative topics',
    'node_name': 'name of the node',
    'image_topic': 'rectified colour images to look at; of several cameras with {camera} in it',
    'camera_info_topic': 'their camera_info; empty: beside the image topic',
    'output_ns': 'namespace of the results',
    'params_file': 'parameters of the node; see the files in config/',
    'image_transport': 'raw or compressed',
    'engine_policy': 'build_if_missing, require_prebuilt or force_rebuild',
    'autostart': 'whether the node configures and activates itself',
    'use_sim_time': 'whether time comes from /clock',
    'log_level': 'debug, info, warn, error or fatal',
    'respawn': 'whether a node that died is started again',
}
DEFAULTS = {'log_level': 'info', 'respawn': 'false'}
STRINGS = ('image_transport', 'engine_policy')
BOOLEANS = ('autostart', 'use_sim_time')
INPUTS = {'image_topic': 'image_rect', 'camera_info_topic': 'camera_info'}
CAMERA = '{camera}'
"""Stands for the name of each of several cameras in the topics of INPUTS."""


@dataclass(frozen=True)
class NodeLaunch:
    """A node that can be launched.

    Parameters
    ----------
    executable : of the package; by default also the node's name.
    outputs : relative names of its results. `output_ns` takes the place of their first part, or
        stands before them where they have several.
    parameters : arguments that are parameters -> what they say.
    separators : those whose value is a list -> what stands between its items.
    inputs : arguments that remap further topics -> (topic, what it says).
    """

    executable: str
    outputs: Sequence[str]
    parameters: Mapping[str, str]
    separators: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def arguments(self) -> dict[str, str]:
        """All arguments -> what they say."""
        inputs = {name: text for name, (_, text) in self.inputs.items()}
        return {**COMMON_ARGUMENTS, **self.parameters, **inputs}

    @property
    def defaults(self) -> dict[str, str]:
        """Arguments that are not empty unless they are given."""
        return {**DEFAULTS, 'node_name': self.executable}

    def description(self) -> LaunchDescription:
        """Return the description that ros2 launch asks for."""
        arguments = [
            DeclareLaunchArgument(
                name, default_value=self.defaults.get(name, ''), description=text
            )
            for name, text in self.arguments.items()
        ]
        return LaunchDescription([*arguments, OpaqueFunction(function=self.nodes)])

    def nodes(self, context: LaunchContext) -> list[Node]:
        """Return the node that the arguments describe."""
        given = {name: LaunchConfiguration(name).perform(context) for name in self.arguments}
        return [
            Node(
                package='diffperc_ros',
                executable=self.executable,
                name=given['node_name'],
                namespace=given['namespace'],
                parameters=self._parameters(given),
                remappings=self._remappings(given),
                arguments=['--ros-args', '--log-level', given['log_level']],
                respawn=is_true('respawn', given['respawn']),
                output='screen',
            )
        ]

    def _parameters(self, given: Mapping[str, str]) -> list[object]:
        files: list[object] = []
        if given['params_file']:
            # launch_ros only warns of a missing file and starts the node with its defaults.
            if not Path(given['params_file']).is_file():
                raise FileNotFoundError(f"params_file '{given['params_file']}' is not a file")
            files.append(given['params_file'])
        explicit: dict[str, object] = {
            name: given[name] for name in (*STRINGS, *self.parameters) if given[name]
        }
        explicit |= {name: is_true(name, given[name]) for name in BOOLEANS if given[name]}
        for name, separator in self.separators.items():
            if given[name]:
                explicit[name] = [part.strip() for part in given[name].split(separator)]
        return [*files, explicit] if explicit else files

    def _remappings(self, given: Mapping[str, str]) -> list[tuple[str, str]]:
        cameras = names_of(given.get('cameras', ''))
        remappings = []
        for name, topic in INPUTS.items():
            if given[name]:
                remappings += for_each_camera(name, topic, given[name], cameras)
        for name, (topic, _) in self.inputs.items():
            if given[name]:
                remappings.append((topic, given[name]))
        if given['output_ns']:
            replaces = len({topic.split('/')[0] for topic in self.outputs}) == 1
            for topic in self.outputs:
                rest = topic.partition('/')[2] if replaces else topic
                pair = (topic, f'{given["output_ns"]}/{rest}')
                remappings += [
                    (f'{name}/{topic}', f'{given["output_ns"]}/{name}/{rest}') for name in cameras
                ] or [pair]
        return remappings


def names_of(text: str) -> list[str]:
    """Read a list of names that commas separate."""
    return [name.strip() for name in text.split(',') if name.strip()]


def for_each_camera(
    argument: str, topic: str, given: str, cameras: Sequence[str]
) -> list[tuple[str, str]]:
    """Return the remappings of an input topic: one, or one for each of several cameras."""
    if not cameras:
        if CAMERA in given:
            raise ValueError(f"argument {argument} is '{given}', but no cameras are given")
        return [(topic, given)]
    if CAMERA not in given:
        raise ValueError(
            f'argument {argument} is one topic for the cameras {", ".join(cameras)}; say with '
            f"{CAMERA} where their names stand, as in /{CAMERA}/color/{topic}, not '{given}'"
        )
    return [(f'{name}/{topic}', given.replace(CAMERA, name)) for name in cameras]


def is_true(name: str, value: str) -> bool:
    """Read a truth value as launch itself writes them."""
    if value.lower() not in ('true', 'false', '1', '0'):
        raise ValueError(f"argument {name} must be true or false, not '{value}'")
    return value.lower() in ('true', '1')


MODEL = 'name of an installed bundle or path of a bundle folder'
COMMAND = ('command', 'std_msgs/String with phrases to look for')
QUERIES = 'phrases to look for, separated by semicolons'
DEPTH_OUTPUTS = (
    'depth/image_rect',
    'depth/camera_info',
    'depth/relative',
    'depth/overlay',
    'depth/provenance',
)
SEGMENTATION_OUTPUTS = (
    'segmentation/mask',
    'segmentation/confidence',
    'segmentation/label_info',
    'segmentation/camera_info',
    'segmentation/overlay',
    'segmentation/provenance',
)
QUERY_OUTPUTS = (
    'query/mask',
    'query/confidence',
    'query/detections',
    'query/label_info',
    'query/point',
    'query/status',
    'query/overlay',
    'query/provenance',
)
DEPTH = NodeLaunch('depth_node', DEPTH_OUTPUTS, {'model': MODEL})
SEGMENTATION = NodeLaunch('segmentation_node', SEGMENTATION_OUTPUTS, {'model': MODEL})
QUERY = NodeLaunch(
    'query_node',
    QUERY_OUTPUTS,
    {
        'model': MODEL,
        'queries': QUERIES,
        'depth_topic': 'depth with the stamps of the images, for query/point',
    },
    separators={'queries': ';'},
    inputs={'command_topic': COMMAND},
)
PERCEPTION = NodeLaunch(
    'perception_node',
    (*DEPTH_OUTPUTS, *SEGMENTATION_OUTPUTS, *QUERY_OUTPUTS),
    {
        'tasks': 'any of depth,segmentation,query',
        'cameras': 'names of cameras that take turns, separated by commas; empty: one camera',
        'depth_model': MODEL,
        'segmentation_model': MODEL,
        'query_model': MODEL,
        'queries': QUERIES,
    },
    separators={'tasks': ',', 'cameras': ',', 'queries': ';'},
    inputs={'command_topic': COMMAND},
)
