# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.bags import drive, write_bag
from support.colour_bags import write_labelled_bag

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
    for name in ('depth/replay', 'depth/evaluation.json', 'index.html'):
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


def test_default_models_that_are_not_installed_are_named(
    tmp_path: Path,
    diffperc: Diffperc,
    brightness_bundle: Bundle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bag, out = write_bag(tmp_path / 'in', drive(1)), tmp_path / 'demo'
    defaults = {'depth': 'brightness', 'segmentation': 'colours', 'query': 'things'}
    monkeypatch.setattr('diffperc_ros.bundle.locate.DEFAULT_BUNDLES', defaults)
    monkeypatch.setattr(
        'diffperc_ros.bundle.locate.model_folders', lambda: [brightness_bundle.path.parent]
    )

    status, _, errors = diffperc('demo', bag, '--output', out)

    assert status == 0
    for task, name in (('segmentation', 'colours'), ('query', 'things')):
        sentence = f"The default model for {task}, '{name}', is not installed here."
        assert sentence in errors
    assert 'is not installed here' in (out / 'index.html').read_text()


def test_all_tasks(
    tmp_path: Path, diffperc: Diffperc, colours_bundle: Bundle, things_bundle: Bundle
) -> None:
    bag, out = write_labelled_bag(tmp_path / 'in'), tmp_path / 'demo'
    bundles = ['--bundle', colours_bundle.path, '--bundle', things_bundle.path]

    status, output, errors = diffperc(
        'demo', bag, '--output', out, *bundles, '--phrase', 'the blue thing'
    )

    assert (status, 'not installed' in errors) == (0, False)
    assert 'iou green' in output
    assert 'the blue thing' in output
    assert 'the red thing' not in output
    assert str(out / 'query' / 'replay') in errors


def test_two_models_for_one_task_are_refused(
    tmp_path: Path, diffperc: Diffperc, colours_bundle: Bundle
) -> None:
    bundle = ['--bundle', colours_bundle.path]

    status, _, errors = diffperc('demo', tmp_path, '--output', tmp_path / 'o', *bundle, *bundle)

    assert status == 2
    assert 'one bundle for each task' in ' '.join(errors.split())
