# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What may be asked of an engine, in one value that nodes, replay and benchmark pass on."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, TypeAlias

from diffperc_ros.core.errors import SettingError

BACKENDS = ('auto', 'tensorrt', 'onnxruntime', 'openvino', 'torch')
DEVICES = ('auto', 'cpu', 'cuda')
PRECISIONS = ('auto', 'fp32', 'fp16', 'bf16')
ENGINE_POLICIES = ('build_if_missing', 'require_prebuilt', 'force_rebuild')
SELF_TESTS = ('off', 'warn', 'strict')

LEAST_BUILD_TIME_S, LONGEST_BUILD_TIME_S = 60.0, 14400.0
MOST_WORKSPACE_MIB = 1 << 20

_LOG = logging.getLogger('diffperc_ros.runtimes')


@dataclass(frozen=True)
class EngineOptions:
    """What to run a bundle with.

    Parameters
    ----------
    profile : which of the bundle's graphs.
    backend : 'auto' takes the first that works of TensorRT, ONNX Runtime and PyTorch on the GPU,
        then the fastest on the CPU; a named one is taken or refused.
    device : 'cpu', 'cuda' (the first visible GPU; CUDA_VISIBLE_DEVICES chooses among several), or
        'auto' for the GPU where one works and else the CPU.
    precision : of the arithmetic. 'auto': fp16 on a GPU where the bundle has such a graph, fp32
        otherwise; on a CPU also bf16 where the bundle's golden tolerance allows it.
    threads : CPU threads of one run; 0 leaves the choice to the engine.
    engine_policy : whether a missing TensorRT engine is built, refused, or one that is there is
        built anew.
    engine_cache_dir : where engines are kept; None: `default_cache_dir()`.
    engine_build_timeout_s : longest build, waiting for another builder included; 60..14400 s.
    engine_workspace_mib : most scratch memory that a TensorRT engine may use; 0: TensorRT's own
        limit, all of the GPU's memory.
    self_test : what a failed check against the bundle's golden answers does: 'strict' refuses the
        engine, 'warn' says so and goes on, 'off' does not check.

    Raises
    ------
    SettingError : a value that there is not, or out of range.
    """

    profile: str = 'realtime'
    backend: str = 'auto'
    device: str = 'auto'
    precision: str = 'auto'
    threads: int = 0
    engine_policy: str = 'build_if_missing'
    engine_cache_dir: Path | None = None
    engine_build_timeout_s: float = 3600.0
    engine_workspace_mib: int = 0
    self_test: str = 'strict'

    def __post_init__(self) -> None:
        choices = {
            'backend': BACKENDS,
            'device': DEVICES,
            'precision': PRECISIONS,
            'engine_policy': ENGINE_POLICIES,
            'self_test': SELF_TESTS,
        }
        for field in fields(self):
            known = choices.get(field.name)
            if known is not None and getattr(self, field.name) not in known:
                raise SettingError(
                    f"unknown {field.name} '{getattr(self, field.name)}'; there are: "
                    f'{", ".join(known)}'
                )
        if not LEAST_BUILD_TIME_S <= self.engine_build_timeout_s <= LONGEST_BUILD_TIME_S:
            raise SettingError(
                f'engine_build_timeout_s must be {LEAST_BUILD_TIME_S:.0f}..'
                f'{LONGEST_BUILD_TIME_S:.0f}, not {self.engine_build_timeout_s}'
            )
        if self.threads < 0:
            raise SettingError('threads must not be negative')
        if not 0 <= self.engine_workspace_mib <= MOST_WORKSPACE_MIB:
            raise SettingError(
                f'engine_workspace_mib must be 0..{MOST_WORKSPACE_MIB}, not '
                f'{self.engine_workspace_mib}'
            )

    @property
    def cache_dir(self) -> Path:
        """Where engines and what was measured of them are kept."""
        return self.engine_cache_dir or default_cache_dir()


@dataclass(frozen=True)
class Notice:
    """Something that a person should know while an engine is opened.

    Parameters
    ----------
    text : one line.
    level : 'warning' where something that was asked for is not had.
    percent : how much of an engine's build is done; None where that is not known.
    """

    text: str
    level: Literal['info', 'warning'] = 'info'
    percent: float | None = None


Announce: TypeAlias = Callable[[Notice], None]
Cancelled: TypeAlias = Callable[[], bool]


def log_notice(notice: Notice) -> None:
    """Announce through the logger 'diffperc_ros.runtimes'."""
    _LOG.log(logging.WARNING if notice.level == 'warning' else logging.INFO, '%s', notice.text)


def default_cache_dir() -> Path:
    """Return XDG_CACHE_HOME/diffperc_ros, or ~/.cache/diffperc_ros."""
    base = os.environ.get('XDG_CACHE_HOME') or Path('~/.cache').expanduser()
    return Path(base) / 'diffperc_ros'
