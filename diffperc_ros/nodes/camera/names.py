# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Several cameras of one node: their names, and the topics under them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from diffperc_ros.core.errors import SettingError
from diffperc_ros.nodes.settings.parameters import Setting

CAMERAS = Setting(
    'cameras',
    [],
    'Names of cameras that take turns; all their topics stand under these names. Empty: one '
    'camera, whose topics have no name before them.',
    items=str,
)
ONLY_CAMERA = ''
"""Name of the camera of a node that has one."""

_NAME = re.compile(r'[A-Za-z][A-Za-z0-9_]*')


def cameras_of(values: Mapping[str, Any]) -> list[str]:
    """Return the names of a node's cameras, without those given twice."""
    names = [name for name in values.get(CAMERAS.name, ()) if name]
    return list(dict.fromkeys(names)) or [ONLY_CAMERA]


def check_cameras(values: Mapping[str, Any]) -> None:
    """Judge the parameter.

    Raises
    ------
    SettingError : a name that topics cannot have, or one that is given twice.
    """
    names = [name for name in values.get(CAMERAS.name, ()) if name]
    for name in names:
        if not _NAME.fullmatch(name):
            raise SettingError(
                f"parameter 'cameras' holds '{name}'; a name is a letter and then letters, digits "
                'and underscores'
            )
        if names.count(name) > 1:
            raise SettingError(f"parameter 'cameras' holds '{name}' twice")


def under(camera: str, topic: str) -> str:
    """Return the relative name of a camera's topic."""
    return f'{camera}/{topic}' if camera else topic
