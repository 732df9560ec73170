# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT and CUDA replaced by stand-ins, and a GPU that is not there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from diffperc_ros.runtimes import rungs, select
from diffperc_ros.runtimes.tensorrt.driver import Gpu, NoGpuError, find_gpu

FAKES = Path(__file__).parent / 'fakes'
ORIN = Gpu('Orin', '8.7', '12.6', 8192)

Script = Callable[..., None]


def has_gpu() -> bool:
    """Whether this machine has a GPU that CUDA could use."""
    try:
        find_gpu()
    except NoGpuError:
        return False
    return True


@pytest.fixture
def fake_tensorrt(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """Put the stand-ins in place; the result sets what they do: `script(build='kill')`.

    The child process of a build finds them as well, since it gets this sys.path.
    """
    for name in list(sys.modules):
        if name.split('.')[0] in ('tensorrt', 'cuda'):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(FAKES)
    for module in (rungs, select):
        monkeypatch.setattr(module, 'find_gpu', lambda: ORIN)

    def script(cuda: dict[str, Any] | None = None, **tensorrt: Any) -> None:
        monkeypatch.setenv('FAKE_TENSORRT', json.dumps(tensorrt))
        monkeypatch.setenv('FAKE_CUDA', json.dumps(cuda or {}))

    script()
    yield script
    for name in list(sys.modules):
        if name.split('.')[0] in ('tensorrt', 'cuda'):
            del sys.modules[name]
