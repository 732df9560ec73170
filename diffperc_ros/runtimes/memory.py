# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What was once measured of an engine on this machine, kept so that it is not measured again."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diffperc_ros.core.errors import OutputError
from diffperc_ros.core.files import write_whole

_LOG = logging.getLogger(__name__)


def recall(cache_dir: Path, circumstances: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what was remembered under exactly these circumstances, or None."""
    try:
        content = json.loads(_file(cache_dir, circumstances).read_text())
        found = content['found'] if content['circumstances'] == dict(circumstances) else None
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return found if isinstance(found, dict) else None


def remember(cache_dir: Path, circumstances: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """Keep what was found. A cache that cannot be written costs time, so it is only logged.

    Parameters
    ----------
    cache_dir : as `EngineOptions.cache_dir`.
    circumstances : everything the finding depends on, JSON values.
    found : JSON values.
    """
    content = {'circumstances': dict(circumstances), 'found': dict(found)}
    try:
        write_whole(_file(cache_dir, circumstances), json.dumps(content, indent=2))
    except OutputError as error:
        _LOG.debug('not remembered: %s', error)


def _file(cache_dir: Path, circumstances: Mapping[str, Any]) -> Path:
    text = json.dumps(dict(circumstances), sort_keys=True)
    return cache_dir / 'measured' / f'{hashlib.sha256(text.encode()).hexdigest()[:32]}.json'
