# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of the depth node: the table itself, and live what it refuses and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from nodes.conftest import Start
from support.ros import REPOSITORY, need

need('rclpy')

from rcl_interfaces.msg import ParameterType  # noqa: E402
from rcl_interfaces.srv import DescribeParameters, GetParameters  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402
from support.ros_peer import Peer, grey_image, pixels_of  # noqa: E402

from diffperc_ros.bundle.bundle import Bundle  # noqa: E402
from diffperc_ros.core.errors import SettingError  # noqa: E402
from diffperc_ros.nodes.depth.settings import check_depth_values, depth_settings  # noqa: E402
from diffperc_ros.nodes.depth.task import DepthTask  # noqa: E402
from diffperc_ros.nodes.query.task import QueryTask, QueryTaskWithDepthTopic  # noqa: E402
from diffperc_ros.nodes.segmentation.task import SegmentationTask  # noqa: E402
from diffperc_ros.nodes.settings.common import COMMON_SETTINGS  # noqa: E402
from diffperc_ros.nodes.settings.output_size import check_output_size  # noqa: E402
from diffperc_ros.nodes.settings.parameters import Setting  # noqa: E402
from diffperc_ros.nodes.task import Task  # noqa: E402
from diffperc_ros.nodes.task_node import settings_of  # noqa: E402

pytestmark = pytest.mark.ros

SETTINGS = {
    setting.name: setting
    for kinds in ([DepthTask], [SegmentationTask], [QueryTaskWithDepthTopic])
    for setting in (*COMMON_SETTINGS, *settings_of(kinds, choosable=False))
} | {
    setting.name: setting
    for setting in settings_of([DepthTask, SegmentationTask, QueryTask], choosable=True)
}
CONFIG = REPOSITORY / 'config'
TASKS: dict[str, list[type[Task]]] = {
    'depth': [DepthTask],
    'segmentation': [SegmentationTask],
    'query': [QueryTaskWithDepthTopic],
    'perception': [DepthTask, SegmentationTask, QueryTask],
}


@pytest.mark.parametrize('name', TASKS)
def test_the_configuration_file_holds_every_parameter_with_its_default_and_kind(name: str) -> None:
    kinds = TASKS[name]
    settings = {
        setting.name: setting
        for setting in (*COMMON_SETTINGS, *settings_of(kinds, name == 'perception'))
    }
    text = (CONFIG / f'{name}.yaml').read_text()
    values = yaml.safe_load(text)['/**']['ros__parameters']
    assert values == {name: setting.default for name, setting in settings.items()}
    lines = text.splitlines()
    for key, setting in settings.items():
        line = next(i for i, line in enumerate(lines) if line.strip().startswith(f'{key}:'))
        assert f'({"dynamic" if setting.dynamic else "static"})' in lines[line - 1], key


@pytest.mark.parametrize('name', TASKS)
def test_ros_reads_the_configuration_file_as_it_is_meant(
    name: str, peer_of: Callable[..., Peer], start_node: Start, models: dict[str, str]
) -> None:
    """ROS has types of its own for some words: inf is a number, an empty list has no type."""
    peer = peer_of(f'{name}_node')
    file = ('--params-file', str(CONFIG / f'{name}.yaml'))
    model = {'model': models.get(name, '')}
    if name == 'perception':
        model = {f'{task}_model': path for task, path in models.items()}
    arguments = [part for key, path in model.items() for part in ('-p', f'{key}:={path}')]
    node = start_node(f'{name}_node', *file, *arguments)
    peer.wait_for_value('state', 'active')
    said = [line for line in node.output.splitlines() if 'INFO' in line and ': ' in line]
    changed = [line for line in said if line.split('] ')[-1].split(':')[0] in SETTINGS]
    assert changed == [line for line in changed if 'model' in line or 'diagnostic' in line]


@pytest.mark.parametrize(
    ('name', 'value', 'expected'),
    [
        ('max_rate_hz', 5, 5.0),
        ('max_rate_hz', 120.0, 120.0),
        ('max_rate_hz', 120.1, "'max_rate_hz' must be 0 to 120, not 120.1"),
        ('max_rate_hz', float('nan'), 'must be 0 to 120'),
        ('max_rate_hz', 'fast', "must be a number, not 'fast'"),
        ('max_rate_hz', True, 'must be a number, not True'),
        ('threads', 2, 2),
        ('threads', 2.0, 'must be an integer'),
        ('threads', -1, 'must be 0 to 256'),
        ('model', 5, 'must be a string'),
        ('keep_warm', 1, 'must be true or false'),
        ('far_value', 'zero', "must be one of inf, nan, not 'zero'"),
        ('output_size', [1, 2], [1, 2]),
        ('output_size', 5, 'must be a list of integers'),
        ('output_size', [], 'must not be empty'),
        ('output_size', ['a', 'b'], 'must be a list of integers'),
        ('far_value', float('inf'), 'inf'),
        ('far_value', float('nan'), 'nan'),
        ('far_value', float('-inf'), "must be one of inf, nan, not '-inf'"),
        ('queries', None, []),
        ('queries', [], []),
        ('queries', ['the sofa'], ['the sofa']),
        ('queries', [1], 'must be a list of strings'),
        ('queries', 'the sofa', 'must be a list of strings'),
        ('tasks', ['query'], ['query']),
        ('tasks', ['pose'], "holds 'pose'; there are: depth, segmentation, query"),
        ('tasks', None, "'tasks' must not be empty"),
    ],
)
def test_values(name: str, value: Any, expected: Any) -> None:
    if isinstance(expected, str) and ' ' in expected:
        with pytest.raises(SettingError, match=expected):
            SETTINGS[name].accepted(value)
    else:
        accepted = SETTINGS[name].accepted(value)
        assert accepted == expected
        assert type(accepted) is type(expected)


def test_descriptors_tell_range_choices_and_kind() -> None:
    descriptor = SETTINGS['max_rate_hz'].descriptor()
    assert descriptor.floating_point_range[0].to_value == 120.0
    assert not descriptor.read_only
    assert descriptor.description.endswith('(dynamic)')
    assert SETTINGS['threads'].descriptor().integer_range[0].to_value == 256
    assert SETTINGS['device'].descriptor().additional_constraints.startswith('one of: auto, cpu')
    assert SETTINGS['model'].descriptor().read_only
    assert Setting('any', 0.0, 'Anything.').descriptor().floating_point_range == []


def test_all_wrong_overrides_are_named_and_configure_fails(peer: Peer, start_depth: Start) -> None:
    node = start_depth(
        *('-p', 'max_rate_hs:=5.0', '-p', 'depth_encoding:=mono16', '-p', 'threads:=many'),
        *('-p', 'max_input_age_s:=11.0', '-p', 'modell:=x'),
    )
    peer.wait(lambda: 'cannot configure' in node.output, 'failure')
    for part in (
        "there is no parameter 'max_rate_hs'; did you mean 'max_rate_hz'?",
        "there is no parameter 'modell'; did you mean 'model'?",
        "'depth_encoding' must be one of 32FC1, 16UC1, not 'mono16'",
        "'threads' must be an integer, not 'many'",
        "'max_input_age_s' must be 0 to 10, not 11.0",
    ):
        assert part in node.output
    assert peer.state() == 'unconfigured'
    assert 'Traceback' not in node.output


@pytest.mark.parametrize(
    ('changes', 'reason'),
    [
        ({}, None),
        ({'output_size': [640, 480]}, None),
        ({'output_size': [640, 0]}, "'output_size' must be"),
        ({'output_size': [640]}, "'output_size' must be"),
        ({'output_size': [640, 480, 3]}, "'output_size' must be"),
        ({'output_size': [640, -1]}, "'output_size' must be"),
        ({'focal_source': 'parameter'}, 'focal_length is not set'),
        ({'focal_source': 'parameter', 'focal_length': 500.0}, None),
        ({'min_depth': 5.0, 'max_depth': 2.0}, 'min_depth 5.0 is not below max_depth 2.0'),
        ({'min_depth': 50.0}, '0 < min_depth < max_depth must hold'),
        ({'max_depth': 3.0}, None),
        ({'min_confidence': 0.5}, 'does not tell how sure it is'),
    ],
)
def test_what_does_not_go_together_is_refused(
    brightness_bundle: Bundle, changes: dict[str, Any], reason: str | None
) -> None:
    values = {name: setting.default for name, setting in SETTINGS.items()} | changes

    def check() -> None:
        check_output_size(values['output_size'])
        check_depth_values(values)
        depth_settings(values, brightness_bundle)

    if reason is None:
        check()
    else:
        with pytest.raises(SettingError, match=reason):
            check()


def test_an_engine_that_cannot_be_opened_fails_configure(peer: Peer, start_depth: Start) -> None:
    node = start_depth('-p', 'profile:=fast')
    peer.wait(lambda: 'cannot configure' in node.output, 'failure')
    assert "no profile 'fast' in this bundle; it has: realtime" in node.output
    assert 'Traceback' not in node.output


def test_sets_at_run_time(peer: Peer, start_depth: Start, tmp_path: Path) -> None:
    """One node: integers for floats, refusals with reasons and without a trace, effect at once."""
    node = start_depth('-p', 'max_rate_hz:=5', '-p', 'strict_params:=false', '-p', 'modell:=x')
    depths = peer.listen(Image, 'depth/image_rect')
    camera = peer.camera()
    camera.wait_for_node()
    assert "there is no parameter 'modell'; did you mean 'model'?" in node.output
    assert 'max_rate_hz: 5.0' in node.output  # what is not the default is said

    def value(name: str) -> Any:
        answer = peer.call(GetParameters, 'get_parameters', GetParameters.Request(names=[name]))
        return answer.values[0]

    double, string = ParameterType.PARAMETER_DOUBLE, ParameterType.PARAMETER_STRING
    assert value('max_rate_hz').double_value == 5.0
    for name, refused in {
        'model': {'type': string, 'string_value': 'other'},
        'far_value': {'type': string, 'string_value': 'zero'},
        'max_rate_hz': {'type': double, 'double_value': 1000.0},
        'min_depth': {'type': double, 'double_value': 999.0},
        'min_confidence': {'type': double, 'double_value': 0.5},
        'keep_warm': {'type': double, 'double_value': 1.0},
    }.items():
        before = value(name)
        result = peer.set_parameter(name, **refused)
        assert not result.successful
        assert name in result.reason or result.reason.startswith('Wrong parameter type')
        assert value(name) == before

    camera.publish(grey_image(255))
    peer.wait(lambda: len(depths) == 1, 'depth')
    assert np.isfinite(pixels_of(depths[0])).all()
    limit = pixels_of(depths[0]).max() / 2
    assert peer.set_parameter('max_depth', type=double, double_value=float(limit)).successful
    camera.next_ns += 10**9
    camera.publish(grey_image(255))
    peer.wait(lambda: len(depths) == 2, 'depth')
    assert np.isposinf(pixels_of(depths[1])).all()
    request = DescribeParameters.Request(names=['max_depth'])
    description = peer.call(DescribeParameters, 'describe_parameters', request).descriptors[0]
    assert 'Metres' in description.description
