# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The launch file under the real launch, wherever a distribution has installed it."""

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

FILE = REPOSITORY / 'launch' / 'depth.launch.py'


def need_launch(module: str) -> ModuleType:
    """Import a module of launch; REQUIRE_ROS asks for ROS, and launch has no wheel."""
    return pytest.importorskip(module, reason=f'{module} is not installed')


@pytest.fixture
def launch_file() -> Any:
    """The launch file as a module."""
    need_launch('launch.actions')
    need_launch('launch_ros.actions')
    spec = importlib.util.spec_from_file_location('depth_launch', FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def started(launch_file: Any, **arguments: str) -> Any:
    """Return the node action that the file makes of these arguments."""
    launch = need_launch('launch')
    context = launch.LaunchContext()
    context.launch_configurations.update(
        {name: launch_file.DEFAULTS.get(name, '') for name in launch_file.ARGUMENTS} | arguments
    )
    return launch_file.depth_node(context)[0]


def test_every_argument_is_declared_with_what_it_means(launch_file: Any) -> None:
    declared = {
        argument.name: argument.description
        for argument in launch_file.generate_launch_description().get_launch_arguments()
    }
    assert declared == launch_file.ARGUMENTS
    assert all(declared.values())


@pytest.mark.parametrize(
    ('arguments', 'error', 'message'),
    [
        ({}, None, ''),
        ({'params_file': '/nowhere.yaml'}, FileNotFoundError, "'/nowhere.yaml' is not a file"),
        ({'autostart': 'perhaps'}, ValueError, "autostart must be true or false, not 'perhaps'"),
        ({'respawn': 'ja'}, ValueError, 'respawn must be true or false'),
    ],
)
def test_arguments(
    launch_file: Any, arguments: dict[str, str], error: type[Exception] | None, message: str
) -> None:
    if error is None:
        started(launch_file, **arguments)
    else:
        with pytest.raises(error, match=message):
            started(launch_file, **arguments)


def test_a_missing_file_of_parameters_ends_the_launch(launch_file: Any) -> None:
    launch = need_launch('launch')
    sources = need_launch('launch.launch_description_sources')
    service = launch.LaunchService()
    service.include_launch_description(
        launch.LaunchDescription(
            [
                launch.actions.IncludeLaunchDescription(
                    sources.PythonLaunchDescriptionSource(str(FILE)),
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
