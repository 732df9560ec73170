# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from diffperc_ros.bundle.bundle import open_bundle

torch = pytest.importorskip('torch')
from checkpoints.conftest import reduced_checkpoints  # noqa: E402
from checkpoints.synthetic import published_state  # noqa: E402

__all__ = ['reduced_checkpoints']

Diffperc = Callable[..., tuple[int, str, str]]


def test_import(diffperc: Diffperc, reduced_checkpoints: Path) -> None:
    file, output = reduced_checkpoints / 'official.ckpt', reduced_checkpoints / 'bundle'
    torch.save({'model': published_state('metaprompts_depth'), 'optimizer': {}}, file)
    status, printed, errors = diffperc('import', file, '--output', output)
    assert status == 1
    assert 'metaprompts-depth-kitti and metaprompts-depth-nyu' in errors

    status, printed, errors = diffperc(
        'import', file, '--as', 'metaprompts-depth-kitti', '--output', output
    )
    assert (status, errors) == (0, '')
    assert '8 copies of used ones' in printed
    assert 'left out: optimizer' in printed
    assert 'OpenRAIL-M' in printed
    assert open_bundle(output).depth.max_depth == 80


def test_without_networks_it_says_what_to_install(
    diffperc: Diffperc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        'diffperc_ros.cli.extras.find_spec', lambda name: None if name == 'torch' else name
    )
    status, _, errors = diffperc('import', tmp_path / 'f.pth', '--output', tmp_path / 'bundle')
    assert status == 1
    assert 'needs torch' in errors
    assert 'diffperc_ros[networks]' in errors
