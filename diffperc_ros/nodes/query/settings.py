# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of language queries, and what they mean for a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diffperc_ros.bundle.manifest import QueryOutput
from diffperc_ros.core.errors import SettingError
from diffperc_ros.nodes.settings.parameters import Setting
from diffperc_ros.perception.command import phrases_of
from diffperc_ros.perception.query import QuerySettings

AS_DECLARED = -1.0
THRESHOLDS = ('mask_threshold', 'score_threshold')

QUERY_SETTINGS = (
    Setting(
        'queries',
        [],
        'Phrases that are looked for; topic command changes them too, the later of the two wins.',
        dynamic=True,
        items=str,
    ),
    Setting('max_phrases', 8, 'Most phrases that are looked for at a time.', between=(1, 32)),
    Setting(
        'mask_threshold',
        AS_DECLARED,
        'Probability from which a pixel belongs to an object, 0..1; -1: as the bundle says.',
        between=(AS_DECLARED, 1.0),
        dynamic=True,
    ),
    Setting(
        'score_threshold',
        AS_DECLARED,
        'Mean probability from which an instance is an answer, 0..1; -1: as the bundle says.',
        between=(AS_DECLARED, 1.0),
        dynamic=True,
    ),
)

DEPTH_TOPIC = Setting(
    'depth_topic',
    '',
    'Depth images with the stamps of the colour images, for query/point; empty: none. Their '
    'camera_info is expected beside them.',
)


def query_settings(values: Mapping[str, Any], output: QueryOutput) -> QuerySettings:
    """Return what the parameters ask of answers."""
    declared = QuerySettings.of(output)
    chosen = {
        name: getattr(declared, name) if values[name] == AS_DECLARED else values[name]
        for name in THRESHOLDS
    }
    return QuerySettings(**chosen)


def command_of(queries: list[str]) -> str:
    """Return the command that asks for the phrases of parameter `queries`."""
    return '\n'.join(queries)


def check_query_values(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Judge what can be judged without a bundle, and return the phrases.

    Raises
    ------
    SettingError : a threshold between -1 and 0.
    CommandError : phrases that name no object, or too many.
    """
    for name in THRESHOLDS:
        if AS_DECLARED < values[name] < 0:
            raise SettingError(f"parameter '{name}' must be 0 to 1, or -1, not {values[name]}")
    return phrases_of(command_of(values['queries']), values['max_phrases'])
