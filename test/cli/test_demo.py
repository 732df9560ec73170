# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.bags import drive, write_bag

from diffperc_ros.bundle.bundle import Bundle

Diffperc = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize('has_depth', [True, False])
def test_a_demo_says_where_everything_is(
    tmp_path: Path, diffperc: Diffperc, brightness_bundle: Bundle, has_depth: bool
) -> None:
    bag, out = write_bag(tmp_path / 'in', drive(2, depth=has_depth)), tmp_path / 'demo'

    status, output, errors = diffperc(
        'demo', bag, '--output', out, '--bundle', brightness_bundle.path
    )

    assert status == 0
    for name in ('replay', 'evaluation.json', 'index.html'):
        assert str(out / name) in errors
        assert (out / name).exists()
    assert ('holds no recorded depth' in errors) is not has_depth
    assert ('abs_rel' in output) is has_depth


def test_a_folder_of_somebody_else_is_refused(
    tmp_path: Path, diffperc: Diffperc, brightness_bundle: Bundle
) -> None:
    bag = write_bag(tmp_path / 'in', drive(1))

    status, _, errors = diffperc(
        'demo', bag, '--output', tmp_path / 'in', '--bundle', brightness_bundle.path
    )

    assert status == 1
    assert errors.startswith(f'Error: {tmp_path / "in"}: exists and was not written by the demo')
