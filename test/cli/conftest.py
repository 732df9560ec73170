# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from diffperc_ros.cli.main import main

Diffperc = Callable[..., tuple[int, str, str]]


@pytest.fixture
def diffperc(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Diffperc:
    """Run the command line here; return exit status, standard output, standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, 'argv', ['diffperc', *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        output, errors = capfd.readouterr()
        return int(caught.value.code or 0), output, errors

    return run
