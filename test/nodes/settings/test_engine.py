# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Parameters that choose the engine reach it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from support.ros import need

need('rclpy')

from diffperc_ros.core.errors import SettingError  # noqa: E402
from diffperc_ros.nodes.settings.engine import ENGINE_SETTINGS, engine_options  # noqa: E402
from diffperc_ros.runtimes.options import EngineOptions  # noqa: E402

pytestmark = pytest.mark.ros

DEFAULTS = {setting.name: setting.default for setting in ENGINE_SETTINGS}


def test_every_engine_option_is_a_parameter_with_its_default() -> None:
    assert set(DEFAULTS) == {field.name for field in fields(EngineOptions)}
    assert engine_options(DEFAULTS) == EngineOptions()


@pytest.mark.parametrize(
    ('name', 'value', 'option'),
    [
        ('engine_workspace_mib', 512, 512),
        ('engine_build_timeout_s', 60.0, 60.0),
        ('engine_policy', 'require_prebuilt', 'require_prebuilt'),
        ('engine_cache_dir', '/engines', Path('/engines')),
        ('engine_cache_dir', '~/engines', Path.home() / 'engines'),
        ('device', 'cpu', 'cpu'),
        ('threads', 2, 2),
    ],
)
def test_a_value_reaches_the_engine(name: str, value: object, option: object) -> None:
    assert getattr(engine_options({**DEFAULTS, name: value}), name) == option


@pytest.mark.parametrize(
    ('name', 'value', 'problem'),
    [
        ('engine_workspace_mib', -1, "'engine_workspace_mib' must be 0 to"),
        ('engine_workspace_mib', 1 << 21, "'engine_workspace_mib' must be 0 to"),
        ('engine_workspace_mib', 1.5, "'engine_workspace_mib' must be an integer"),
        ('engine_build_timeout_s', 59, "'engine_build_timeout_s' must be 60 to 14400"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(name: str, value: object, problem: str) -> None:
    (setting,) = (setting for setting in ENGINE_SETTINGS if setting.name == name)
    with pytest.raises(SettingError, match=problem):
        setting.accepted(value)
