# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Parameters that choose the engine: fields of `EngineOptions` by their names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diffperc_ros.nodes.settings.parameters import Setting
from diffperc_ros.runtimes.options import (
    BACKENDS,
    DEVICES,
    ENGINE_POLICIES,
    LEAST_BUILD_TIME_S,
    LONGEST_BUILD_TIME_S,
    MOST_WORKSPACE_MIB,
    PRECISIONS,
    SELF_TESTS,
    EngineOptions,
)

_DEFAULTS = EngineOptions()

ENGINE_SETTINGS = (
    Setting('profile', _DEFAULTS.profile, "Which of the model's graphs is run."),
    Setting(
        'backend',
        _DEFAULTS.backend,
        'Engine that runs the model; auto takes the first that works, a GPU before the CPU.',
        choices=BACKENDS,
    ),
    Setting(
        'device',
        _DEFAULTS.device,
        'What the engine runs on; auto takes a GPU that works, else the CPU.',
        choices=DEVICES,
    ),
    Setting(
        'precision',
        _DEFAULTS.precision,
        'Type of the arithmetic; auto: fp16 on a GPU where the model has it, fp32 otherwise.',
        choices=PRECISIONS,
    ),
    Setting(
        'threads',
        _DEFAULTS.threads,
        'CPU threads of one inference; 0 leaves it to the engine.',
        between=(0, 256),
    ),
    Setting(
        'engine_policy',
        _DEFAULTS.engine_policy,
        'What happens where a TensorRT engine has not been built.',
        choices=ENGINE_POLICIES,
    ),
    Setting(
        'engine_cache_dir',
        '',
        "Folder where engines are kept; empty: the user's cache folder.",
    ),
    Setting(
        'engine_build_timeout_s',
        _DEFAULTS.engine_build_timeout_s,
        'Longest build of an engine. In seconds.',
        between=(LEAST_BUILD_TIME_S, LONGEST_BUILD_TIME_S),
    ),
    Setting(
        'engine_workspace_mib',
        _DEFAULTS.engine_workspace_mib,
        "Most scratch memory of a TensorRT engine; 0: TensorRT's own choice. In MiB.",
        between=(0, MOST_WORKSPACE_MIB),
    ),
    Setting(
        'self_test',
        _DEFAULTS.self_test,
        "What an engine that fails the model's golden check leads to: it is refused (strict), or "
        'a warning (warn); off does not check.',
        choices=SELF_TESTS,
    ),
)


def engine_options(values: Mapping[str, Any]) -> EngineOptions:
    """Return what the parameters ask of an engine."""
    asked = {setting.name: values[setting.name] for setting in ENGINE_SETTINGS}
    folder = asked.pop('engine_cache_dir')
    return EngineOptions(**asked, engine_cache_dir=Path(folder).expanduser() if folder else None)
