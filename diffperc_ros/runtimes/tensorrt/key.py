# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Everything an engine depends on: one changed field, another engine."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.manifest import GraphFile
from diffperc_ros.runtimes.tensorrt.driver import Gpu

RECIPE = 1
"""Raised with every change to `compile.py` that makes other engines of the same graph."""


@dataclass(frozen=True)
class EngineKey:
    """What an engine was built from and for; all in words that a person can compare.

    Parameters
    ----------
    graph : sha256 of the graph file.
    data : sha256 of the files with its weights, in their order, separated by spaces.
    shapes : of the inputs that the manifest tells.
    precision : type of the arithmetic.
    tensorrt : full version.
    gpu, compute_capability : as the driver gives them.
    system : processor architecture.
    options : of the builder.
    """

    graph: str
    data: str
    shapes: str
    precision: str
    tensorrt: str
    gpu: str
    compute_capability: str
    system: str
    options: str

    @property
    def digest(self) -> str:
        """Sha256 over all fields."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def differences(self, other: Mapping[str, Any]) -> str:
        """Say which fields another engine's key has otherwise, and how."""
        return ', '.join(
            f'{field.name} {_short(other.get(field.name))} there, '
            f'{_short(getattr(self, field.name))} here'
            for field in fields(self)
            if other.get(field.name) != getattr(self, field.name)
        )


def engine_key(
    bundle: Bundle, form: GraphFile, tensorrt: str, gpu: Gpu, workspace_mib: int
) -> EngineKey:
    """Return the key of the engine of a graph on this machine."""
    manifest = bundle.manifest
    size = manifest.input
    return EngineKey(
        graph=manifest.files[form.file],
        data=' '.join(manifest.files[name] for name in form.data),
        shapes=f'{size.name} 1x3x{size.height}x{size.width}',
        precision=form.dtype,
        tensorrt=tensorrt,
        gpu=gpu.name,
        compute_capability=gpu.compute_capability,
        system=platform.machine(),
        options=f'recipe {RECIPE}, workspace {workspace_mib or "all"} MiB',
    )


def _short(value: Any) -> str:
    text = str(value)
    return f'{text[:12]}...' if len(text) >= 64 else f"'{text}'"
