# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""On what, with what: the part of a result's provenance that the machine adds."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

import diffperc_ros

LIBRARIES = ('numpy', 'opencv-python-headless', 'onnxruntime', 'rosbags')
"""Distributions whose version can change a figure."""


def environment() -> dict[str, Any]:
    """Return versions, hardware and time of measurement."""
    return {
        'versions': {
            'diffperc_ros': diffperc_ros.__version__,
            'python': platform.python_version(),
            **{name: _version(name) for name in LIBRARIES},
        },
        'hardware': {
            'processor': _processor(),
            'cores': os.cpu_count(),
            'machine': platform.machine(),
            'system': f'{platform.system()} {platform.release()}',
        },
        'created': datetime.now(timezone.utc).isoformat(timespec='seconds'),
    }


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    """Return the processor's name; Linux tells it in /proc/cpuinfo only."""
    try:
        lines = Path('/proc/cpuinfo').read_text(encoding='utf-8', errors='replace').splitlines()
    except OSError:
        lines = []
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.processor() or 'unknown'
