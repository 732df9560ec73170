# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The launch files under the real launch, wherever a distribution has installed it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support.ros import PROFILE, REPOSITORY, need, own_domain

from diffperc_ros.bundle.bundle import Bundle

pytestmark = pytest.mark.launch

NAMES = ('depth', 'segmentation', 'query', 'perception')


def need_launch(module: str) -> ModuleType:
    """Import a module of launch; REQUIRE_ROS asks for ROS, and launch has no wheel."""
    return pytest.importorskip(module, reason=f'{module} is not installed')


def described(name: str) -> Any:
    """Return the description of a launch file."""
    need_launch('launch.actions')
    need_launch('launch_ros.actions')
    path = REPOSITORY / 'launch' / f'{name}.launch.py'
    spec = importlib.util.spec_from_file_location(f'{name}_launch', path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generate_launch_description()


def started(name: str, **arguments: str) -> Any:
    """Return what the file makes of these arguments."""
    launch = need_launch('launch')
    need_launch('launch_ros.actions')
    from diffperc_ros.nodes import launch_file

    node = getattr(launch_file, name.upper())
    context = launch.LaunchContext()
    context.launch_configurations.update(
        {name: node.defaults.get(name, '') for name in node.arguments} | arguments
    )
    return node, {argument: context.launch_configurations[argument] for argument in node.arguments}


@pytest.mark.parametrize('name', NAMES)
def test_every_argument_is_declared_with_what_it_means(name: str) -> None:
    declared = {
        argument.name: argument.description for argument in described(name).get_launch_arguments()
    }
    assert declared == started(name)[0].arguments
    assert all(declared.values())
    common = {'namespace', 'node_name', 'image_topic', 'output_ns', 'params_file', 'autostart'}
    assert common <= set(declared)


@pytest.mark.parametrize(
    ('name', 'arguments', 'parameters', 'remappings'),
    [
        ('depth', {}, [], []),
        (
            'depth',
            {'model': 'a', 'autostart': 'false', 'output_ns': 'range'},
            [{'model': 'a', 'autostart': False}],
            [
                ('depth/image_rect', 'range/image_rect'),
                ('depth/camera_info', 'range/camera_info'),
                ('depth/relative', 'range/relative'),
                ('depth/overlay', 'range/overlay'),
                ('depth/provenance', 'range/provenance'),
            ],
        ),
        (
            'query',
            {'queries': 'the red chair; a sofa', 'command_topic': '/say'},
            [{'queries': ['the red chair', 'a sofa']}],
            [('command', '/say')],
        ),
        (
            'perception',
            {'tasks': 'depth, query', 'image_topic': '/camera/image', 'engine_policy': 'x'},
            [{'tasks': ['depth', 'query'], 'engine_policy': 'x'}],
            [('image_rect', '/camera/image')],
        ),
    ],
)
def test_what_becomes_of_arguments(
    name: str,
    arguments: dict[str, str],
    parameters: list[Any],
    remappings: list[tuple[str, str]],
) -> None:
    node, given = started(name, **arguments)
    assert node._parameters(given) == parameters
    assert node._remappings(given) == remappings


def test_each_of_several_cameras_has_its_topics() -> None:
    node, given = started(
        'perception',
        cameras='front, rear',
        image_topic='/{camera}/color/image_rect',
        output_ns='seen',
    )
    assert node._parameters(given) == [{'cameras': ['front', 'rear']}]
    remappings = node._remappings(given)
    assert remappings[:2] == [
        ('front/image_rect', '/front/color/image_rect'),
        ('rear/image_rect', '/rear/color/image_rect'),
    ]
    assert ('rear/depth/image_rect', 'seen/rear/depth/image_rect') in remappings
    assert len(remappings) == 2 + 2 * len(node.outputs)
    node, given = started('perception', cameras='front, rear', camera_info_topic='/camera_info')
    with pytest.raises(ValueError, match='argument camera_info_topic is one topic for the cam'):
        node._remappings(given)
    node, given = started('perception', image_topic='/{camera}/image')
    with pytest.raises(ValueError, match=r'image_topic is .* but no cameras are given'):
        node._remappings(given)


def test_results_of_several_tasks_keep_their_names_within_a_namespace() -> None:
    node, given = started('perception', output_ns='front')
    remappings = dict(node._remappings(given))
    assert remappings['depth/image_rect'] == 'front/depth/image_rect'
    assert remappings['query/mask'] == 'front/query/mask'


@pytest.mark.parametrize(
    ('arguments', 'error', 'message'),
    [
        ({'params_file': '/nowhere.yaml'}, FileNotFoundError, "'/nowhere.yaml' is not a file"),
        ({'autostart': 'perhaps'}, ValueError, "autostart must be true or false, not 'perhaps'"),
        ({'respawn': 'ja'}, ValueError, 'respawn must be true or false'),
    ],
)
def test_arguments_that_cannot_be(
    arguments: dict[str, str], error: type[Exception], message: str
) -> None:
    launch = need_launch('launch')
    node, given = started('depth', **arguments)
    context = launch.LaunchContext()
    context.launch_configurations.update(given)
    with pytest.raises(error, match=message):
        node.nodes(context)


def test_a_missing_file_of_parameters_ends_the_launch() -> None:
    launch = need_launch('launch')
    sources = need_launch('launch.launch_description_sources')
    service = launch.LaunchService()
    service.include_launch_description(
        launch.LaunchDescription(
            [
                launch.actions.IncludeLaunchDescription(
                    sources.PythonLaunchDescriptionSource(
                        str(REPOSITORY / 'launch' / 'depth.launch.py')
                    ),
                    launch_arguments=[('params_file', '/nowhere.yaml')],
                )
            ]
        )
    )
    assert service.run() == 1


def test_nodes_under_launch(brightness_bundle: Bundle) -> None:
    need('rclpy')
    need_launch('launch_testing')
    index = need_launch('ament_index_python.packages')
    try:
        prefix = index.get_package_prefix('diffperc_ros')
    except LookupError:
        pytest.skip('diffperc_ros is not built with colcon, or its setup is not sourced')
    if not Path(prefix, 'lib', 'diffperc_ros', 'depth_node').exists():
        pytest.skip(f'{prefix} is no colcon install: it has no lib/diffperc_ros/depth_node')
    with own_domain():
        environment = {**os.environ, 'DIFFPERC_TEST_MODEL': str(brightness_bundle.path)}
        environment['PYTHONPATH'] = os.pathsep.join(
            path for path in (str(REPOSITORY / 'test'), environment.get('PYTHONPATH', '')) if path
        )
        file = Path(__file__).with_name('depth_under_launch.py')
        run = subprocess.run(
            [sys.executable, '-m', 'launch_testing.launch_test', str(file)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert run.returncode == 0, f'{run.stdout}\n{run.stderr}\n(profile {PROFILE})'
