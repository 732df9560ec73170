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
from support.golden import write_golden_bundle

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.runtimes import rungs, select
from diffperc_ros.runtimes.chosen import ChosenRuntime
from diffperc_ros.runtimes.options import EngineOptions, Notice
from diffperc_ros.runtimes.select import open_runtime
from diffperc_ros.runtimes.tensorrt.driver import Gpu

FAKES = Path(__file__).parents[2] / 'support' / 'fakes'
ORIN = Gpu('Orin', '8.7', '12.6', 8192)

Script = Callable[..., None]


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


class Desk:
    """Opens a bundle with TensorRT, keeps what was announced and where engines lie."""

    def __init__(self, bundle: Bundle, cache: Path) -> None:
        self.bundle = bundle
        self.cache = cache
        self.notices: list[Notice] = []

    def open(self, bundle: Bundle | None = None, **changes: Any) -> ChosenRuntime:
        self.notices = []
        options = EngineOptions(backend='tensorrt', engine_cache_dir=self.cache, **changes)
        return open_runtime(bundle or self.bundle, options, announce=self.notices.append)

    @property
    def said(self) -> str:
        return '\n'.join(notice.text for notice in self.notices)

    @property
    def engines(self) -> list[Path]:
        return sorted((self.cache / 'engines').glob('*.engine'))

    @property
    def rubbish(self) -> list[Path]:
        """What is neither engine, sidecar, timing cache nor lock."""
        known = ('.engine', '.json', '.timing')
        files = (self.cache / 'engines').glob('*')
        return [file for file in files if file.suffix not in known and file.name != '.lock']


@pytest.fixture
def desk(fake_tensorrt: Script, golden_bundle: Bundle, tmp_path: Path) -> Desk:
    """The golden bundle on the stand-ins."""
    return Desk(golden_bundle, tmp_path / 'cache')


@pytest.fixture
def golden_bundle(tmp_path: Path) -> Bundle:
    """The brightness bundle with golden answers."""
    return write_golden_bundle(tmp_path / 'bundle')
