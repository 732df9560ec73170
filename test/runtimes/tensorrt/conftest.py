# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A bundle on stand-ins for TensorRT and CUDA."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.golden import write_golden_bundle
from support.tensorrt import Script, fake_tensorrt

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.runtimes.chosen import ChosenRuntime
from diffperc_ros.runtimes.options import EngineOptions, Notice
from diffperc_ros.runtimes.select import open_runtime

__all__ = ['fake_tensorrt']


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
