# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Parameters that every camera node has."""

from __future__ import annotations

from diffperc_ros.nodes.settings.engine import ENGINE_SETTINGS
from diffperc_ros.nodes.settings.parameters import Setting

COMMON_SETTINGS = (
    *ENGINE_SETTINGS,
    Setting(
        'image_transport',
        'raw',
        'raw subscribes to image_rect, compressed to image_rect/compressed.',
        choices=('raw', 'compressed'),
    ),
    Setting(
        'output_size',
        [0, 0],
        'Width and height of published images; 0, 0: of the input; -1, -1: of the network. '
        'Pixels.',
    ),
    Setting('autostart', True, 'Whether the node configures and activates itself.'),
    Setting('strict_params', True, 'Whether a parameter nobody knows makes configure fail.'),
    Setting(
        'frame_policy',
        'latest',
        'latest: the newest image wins and those in between are dropped; every: up to 100 wait.',
        choices=('latest', 'every'),
    ),
    Setting(
        'max_rate_hz',
        0.0,
        'Images used a second, chosen on a fixed grid of header stamps; 0: all. In Hz.',
        between=(0.0, 120.0),
        dynamic=True,
    ),
    Setting(
        'max_input_age_s',
        0.0,
        'Images older than this when their turn comes are dropped; 0: none. In seconds.',
        between=(0.0, 10.0),
        dynamic=True,
    ),
    Setting(
        'input_timeout_s',
        5.0,
        'Silence of the image topic after which diagnostics warn. In seconds.',
        between=(0.5, 60.0),
        dynamic=True,
    ),
    Setting(
        'keep_warm',
        True,
        'Whether the node stays subscribed to images while nobody listens to its results.',
        dynamic=True,
    ),
    Setting(
        'diagnostic_updater.period',
        1.0,
        'Time between two diagnostics messages. In seconds.',
        between=(0.1, 60.0),
    ),
    Setting(
        'diagnostic_updater.use_fqn',
        True,
        "Whether diagnostics bear the node's full name, namespace included.",
    ),
)
